-- A first life of which nobody has said yet that there was none before it in another database.
alter table life add column unproven boolean not null default false;
