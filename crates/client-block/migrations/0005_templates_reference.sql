-- Templates ("pay again"); a deleted one leaves its tombstone.
create table template (
    template_id uuid not null constraint template_pkey primary key,
    customer_id bigint not null,
    name text not null,
    terms jsonb not null,
    version bigint not null,
    deleted boolean not null default false,
    created_at timestamptz not null
);
create index template_customer on template (customer_id, created_at desc);

-- Reference data, replicated ahead from the gateway: served with the gateway away.
create table reference (
    topic text not null constraint reference_pkey primary key,
    version bigint not null,
    as_of timestamptz not null,
    items jsonb not null,
    checked_at timestamptz not null
);

-- Applications of visitors, sealed for the bank's staff: this block cannot read them again.
create table application (
    reference text not null constraint application_pkey primary key,
    product_id text not null,
    sealed bytea not null,
    received_at timestamptz not null
);
create index application_received_at on application (received_at);
