-- Operations, their tokens while they are unfinished, and the codes that confirm them.
create table operation (
    operation_id uuid not null constraint operation_pkey primary key,
    customer_id bigint not null,
    kind text not null,
    -- What the customer confirmed, as he sent it, and the hash of its canonical form.
    intent jsonb not null,
    intent_hash bytea not null constraint operation_intent_hash_length
        check (length(intent_hash) = 32),
    state text not null constraint operation_state_known check (state in
        ('awaiting_confirmation', 'pending', 'sent', 'executed', 'rejected', 'cancelled',
         'expired')),
    generation bigint not null,
    version bigint not null,
    valid_until timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    confirm_by timestamptz not null,
    -- The account that pays and the most it may pay, for the balance that is shown.
    debit_account text,
    most_minor bigint,
    -- Whom, what and how much, for the question "again?".
    looks_like bytea not null,
    -- The gateway's outcome. A terminal state without one cannot be (I8).
    outcome jsonb,
    cancel_requested boolean not null default false,
    in_doubt boolean not null default false,
    parked boolean not null default false,
    constraint operation_ends_with_an_outcome check (
        (state in ('executed', 'rejected', 'cancelled', 'expired')) = (outcome is not null))
);
create index operation_customer on operation (customer_id, created_at desc, operation_id desc);
create index operation_looks_like on operation (customer_id, looks_like, created_at);

-- The ids that are not finished. The worker reads this table only; the main one is never scanned.
create table operation_token (
    operation_id uuid not null constraint operation_token_pkey primary key
        references operation,
    customer_id bigint not null,
    home text not null,
    slice smallint not null,
    -- Card freezes go first.
    priority smallint not null default 1,
    due_at timestamptz not null,
    claimant text,
    claim_until timestamptz,
    attempt integer not null default 0,
    first_sent_at timestamptz
);
create index operation_token_due on operation_token (priority, due_at);
create index operation_token_customer on operation_token (customer_id);

-- A code that confirms an operation: of this block only, never replicated.
create table confirmation (
    operation_id uuid not null constraint confirmation_pkey primary key references operation,
    code_hash bytea not null,
    attempts_left integer not null
        constraint confirmation_attempts_range check (attempts_left between 0 and 10),
    codes_sent integer not null default 1,
    expires_at timestamptz not null
);
