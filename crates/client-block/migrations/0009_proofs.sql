-- After a forced move a session that goes on with its token needs another proof before it pays
-- (protocol §6).

-- The newest generation of his slice that began with a forced move, as the archive said when he was
-- loaded.
alter table customer add column proof_from bigint not null default 0;
-- The generation under which its customer last proved himself with a code.
alter table session add column proved bigint not null default 0;
