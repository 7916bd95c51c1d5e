-- The card system: cards and the orders that froze them or made them usable again.

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

create table card (
    -- Never the number that is printed on it.
    id text primary key check (id <> ''),
    customer_id bigint not null check (customer_id > 0),
    name text not null,
    last4 text not null check (last4 ~ '^[0-9]{4}$'),
    -- The ledger's account on which the card draws.
    account text not null check (account ~ '^[0-9]{20}$'),
    -- YYYY-MM
    expires text not null check (expires ~ '^[0-9]{4}-[0-9]{2}$'),
    frozen boolean not null default false
);

create index card_of_customer on card (customer_id, id);
