-- Customers as this block knows them. Login and phone are the router's; the block keeps copies.
create table customer (
    customer_id bigint not null constraint customer_pkey primary key
        constraint customer_id_positive check (customer_id > 0),
    home text not null,
    slice smallint not null,
    revision bigint not null,
    login text not null,
    phone text not null,
    name text not null,
    password_hash text not null,
    -- Sessions of an older epoch are dead: raised by sign-out everywhere and by a new password.
    session_epoch bigint not null default 0,
    version bigint not null default 1,
    created_at timestamptz not null default now()
);

-- Tickets that were used; kept until they have expired anyway.
create table used_ticket (
    ticket_id bytea not null constraint used_ticket_pkey primary key,
    expires_at timestamptz not null
);
create index used_ticket_expires_at on used_ticket (expires_at);

-- Wrong passwords in a row, by customer or by the pseudonym of an unknown login: in PostgreSQL,
-- because a limit on guessing must not be lost with Redis (A7).
create table login_guard (
    subject text not null constraint login_guard_pkey primary key,
    failures integer not null constraint login_guard_failures_range check (failures >= 0),
    locked_until timestamptz,
    changed_at timestamptz not null
);

-- Devices from which a customer has proved himself with a code.
create table device (
    device_id uuid not null constraint device_pkey primary key,
    customer_id bigint not null references customer,
    secret_hash bytea not null,
    name text not null,
    created_at timestamptz not null
);
create index device_customer on device (customer_id);

-- A login on a new device, waiting for its code.
create table login_challenge (
    challenge_id uuid not null constraint login_challenge_pkey primary key,
    customer_id bigint not null references customer,
    channel text not null,
    device_name text not null,
    code_hash bytea not null,
    attempts_left integer not null
        constraint login_challenge_attempts_range check (attempts_left between 0 and 10),
    expires_at timestamptz not null
);
create index login_challenge_expires_at on login_challenge (expires_at);

-- Sessions: of the token only the hash is kept.
create table session (
    session_id uuid not null constraint session_pkey primary key,
    customer_id bigint not null references customer,
    token_hash bytea not null constraint session_token_hash_key unique,
    channel text not null,
    device_id uuid not null,
    device_name text not null,
    opened_at timestamptz not null,
    generation bigint not null,
    epoch bigint not null,
    version bigint not null default 1,
    seen_at timestamptz not null,
    idle_until timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index session_customer on session (customer_id);
create index session_expires_at on session (expires_at);
