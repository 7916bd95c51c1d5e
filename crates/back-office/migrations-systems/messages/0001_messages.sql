-- The message system: texts that would have gone to phones.

-- What is kept about the simulation itself: its mode (faults), how far demo data was loaded.
create table setting (
    name text primary key,
    value jsonb not null
);

create table message (
    -- Made by the sender: the same id is sent once.
    message_id uuid primary key,
    phone text not null,
    body text not null,
    sender text not null,
    sent_at timestamptz not null,
    -- The order in which they were sent; two can have one time.
    number bigint generated always as identity
);

create index message_of_phone on message (phone, number desc);
create index message_newest on message (number desc);
