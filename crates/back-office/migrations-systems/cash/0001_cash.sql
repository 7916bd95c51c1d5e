-- Cash without a card: codes that a machine pays out once.

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

create table cash_code (
    operation_id uuid primary key references taken_order (operation_id),
    customer_id bigint not null check (customer_id > 0),
    code text not null check (code ~ '^[0-9]{8}$'),
    amount_minor bigint not null check (amount_minor > 0),
    currency text not null check (currency in ('RUB', 'USD', 'EUR')),
    expires_at timestamptz not null,
    state text not null default 'open' check (state in ('open', 'redeemed', 'expired'))
);

-- A machine must know which order a code belongs to; used codes may come again.
create unique index cash_code_open on cash_code (code) where state = 'open';
