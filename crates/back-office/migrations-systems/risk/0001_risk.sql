-- The risk system: its decisions, and whom each customer has been allowed to pay before.

-- What is kept about the simulation itself: its mode (faults), how far demo data was loaded.
create table setting (
    name text primary key,
    value jsonb not null
);

create table decision (
    operation_id uuid primary key,
    customer_id bigint not null check (customer_id > 0),
    -- What was asked, without the generation: that changes when the customer moves.
    question jsonb not null,
    -- Null only inside the transaction that decides it.
    answer text check (answer in ('allow', 'step_up', 'refuse')),
    decided_at timestamptz not null
);

create table known_payee (
    customer_id bigint not null check (customer_id > 0),
    payee text not null,
    primary key (customer_id, payee)
);
