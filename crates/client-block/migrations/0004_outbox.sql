-- What the archive must come to know: a row in every transaction that changes a customer's data.
-- Rows wait here until the relay ships them (I6, I7).
create table outbox (
    id bigint generated always as identity constraint outbox_pkey primary key,
    customer_id bigint not null,
    home text not null,
    slice smallint not null,
    generation bigint not null,
    kind text not null,
    entity_id text not null,
    -- Larger is newer, compared as bytes; monotone under the entity's join.
    order_key bytea not null,
    open boolean not null,
    final boolean not null,
    payload jsonb not null,
    written_at timestamptz not null default now()
);
