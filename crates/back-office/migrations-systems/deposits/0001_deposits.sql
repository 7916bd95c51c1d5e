-- The deposit system: term deposits and the orders that opened them.

-- What is kept about the simulation itself: its mode (faults), how far demo data was loaded.
create table setting (
    name text primary key,
    value jsonb not null
);

-- Every order that this system has answered. The row is claimed first and answered in the same
-- transaction, so a second order under the id waits for the first and then finds its answer.
create table taken_order (
    operation_id uuid primary key,
    customer_id bigint not null check (customer_id > 0),
    body jsonb not null,
    -- Null only inside the transaction that decides it.
    answer jsonb,
    taken_at timestamptz not null
);

create sequence deposit_number;

create table deposit (
    id text primary key check (id <> ''),
    customer_id bigint not null check (customer_id > 0),
    -- The order that opened it; a deposit from before the simulation has none.
    operation_id uuid unique references taken_order (operation_id),
    product_id text not null,
    name text not null,
    amount_minor bigint not null check (amount_minor > 0),
    currency text not null check (currency in ('RUB', 'USD', 'EUR')),
    rate_bp integer not null check (rate_bp >= 0),
    opened_at timestamptz not null,
    matures_on date not null
);

create index deposit_of_customer on deposit (customer_id, id);
