-- Taking customers over: what joins need beside the rows, and loosenings that wait for the archive.

-- Under which generation a register-like entity was last written: with the version it is the key
-- that decides which of two values stands (`common::join::register`).
alter table customer add column key_generation bigint not null default 1;
alter table template add column key_generation bigint not null default 1;

-- Known to be executed when its customer was loaded without a journal: he has seen that much.
alter table operation add column executed_at_load boolean not null default false;
-- It began under a generation of another block or life, and had not ended when it was taken in
-- under this one: the customer is told until it ends (I12). Absent: it began here.
alter table operation add column adopted_under bigint;

-- A loosening is written down before the archive is asked (protocol §6). Without a verdict nobody
-- authenticates as this customer, and he is not handed over.
create table loosening (
    change_id uuid not null constraint loosening_pkey primary key,
    customer_id bigint not null,
    home text not null,
    slice smallint not null,
    generation bigint not null,
    -- `common::wire::archive::EntityWritten`, as it was and is asked for.
    entity jsonb not null,
    asked_at timestamptz not null,
    -- Does it stand? Absent while the archive has not said so.
    applied boolean,
    resolved_at timestamptz
);
create index loosening_unresolved on loosening (customer_id) where applied is null;
create index loosening_resolved_at on loosening (resolved_at) where applied is not null;

-- Those who were loaded while the gateway was away.
create index customer_unfenced on customer (customer_id) where not loaded_fenced;
