-- A system that passes payments on to others (billers, phone operators). The order is the payment.

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
