-- The newest generation of the router's row that this block has seen (protocol §3): a router of an
-- older one is not obeyed. No row: none was seen.
create table router_seen (
    single boolean not null default true constraint router_seen_pkey primary key
        constraint router_seen_is_one check (single),
    generation bigint not null
);
