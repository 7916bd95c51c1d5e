-- Administrators: a password and a code of their authenticator (architecture §4).
create table administrator (
    name          text constraint administrator_pkey primary key
        constraint administrator_name_lower check (name = lower(name) and name <> ''),
    -- argon2id.
    password_hash text not null,
    -- Base 32.
    totp_secret   text not null,
    -- The step of the last code that opened a session: a code opens one.
    used_step     bigint not null default 0,
    -- Wrong attempts in a row, and until when no further one counts.
    wrong         integer not null default 0,
    locked_until  timestamptz
);

-- Their sessions. Only the hash of a token is kept.
create table administrator_session (
    token_hash bytea constraint administrator_session_pkey primary key
        constraint administrator_session_hash check (octet_length(token_hash) = 32),
    name       text not null
        constraint administrator_session_of references administrator (name) on delete cascade,
    opened_at  timestamptz not null,
    expires_at timestamptz not null
);
create index administrator_session_ended on administrator_session (expires_at);

-- What administrators have done here. Written before it is done: no audit, no action. Moves,
-- approvals and the switch of automation are also in the archive's audit, in their transactions.
create table audit (
    audit_id bigint generated always as identity primary key,
    at       timestamptz not null,
    who      text not null,
    action   text not null,
    details  jsonb not null
);
