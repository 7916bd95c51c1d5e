-- A product list: what this system of record knows about each customer.

-- What is kept about the simulation itself: its mode (faults), how far demo data was loaded.
create table setting (
    name text primary key,
    value jsonb not null
);

create table item (
    customer_id bigint not null check (customer_id > 0),
    id text not null check (id <> ''),
    -- The item as it is shown: at least name and status.
    body jsonb not null,
    primary key (customer_id, id)
);
