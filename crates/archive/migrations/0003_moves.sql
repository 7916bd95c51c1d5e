-- Moves that somebody began: what any router needs to go on with one (protocol §3).
create table move (
    move_id uuid not null constraint move_pkey primary key,
    ordered text not null constraint move_ordered_known check (ordered in
        ('planned', 'urgent', 'urgent_dropping', 'forced', 'return', 'return_now')),
    home text not null,
    target text not null,
    -- All slices of it, and those of which a step was taken.
    slices smallint[] not null constraint move_has_slices check (cardinality(slices) > 0),
    begun smallint[] not null,
    deadline timestamptz,
    -- As the rows say.
    state text not null constraint move_state_known check (state in ('running', 'done', 'aborted')),
    -- Null: go on; otherwise give it up, with the target's SEAL (false) or its cut (true).
    aborting boolean,
    reason text not null,
    decided_by text not null,
    approved_by text,
    began_at timestamptz not null,
    stepped_at timestamptz not null
);
create index move_running on move (home) where state = 'running';
create index move_newest on move (began_at desc);

-- Leave that a second person gives (protocol §3, §4): once, for one action, for some time.
create table approval (
    approval_id uuid not null constraint approval_pkey primary key,
    action text not null,
    reason text not null,
    author text not null,
    approver text,
    asked_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint approval_by_another check (approver <> author),
    constraint approval_used_if_given check (used_at is null or approver is not null)
);
create index approval_newest on approval (asked_at desc);

-- The one move of automation in the whole bank (I14).
create table automation (
    single boolean not null default true constraint automation_pkey primary key
        constraint automation_single check (single),
    held boolean not null default false,
    held_by text,
    last_move_at timestamptz,
    -- Null with a time: taken by a recovery, which may have forgotten one.
    last_move_of text,
    limit_lifted_until timestamptz
);
insert into automation default values;

-- Verdicts over loosenings, refusals too: what arrives late cannot succeed (I9).
create table loosening (
    change_id uuid not null constraint loosening_pkey primary key,
    customer_id bigint not null,
    stream_id integer not null constraint loosening_of_stream references stream,
    applied boolean not null,
    decided_at timestamptz not null
);

-- What people, automation and blocks have done to the register and to the archive itself.
create table audit (
    number bigint generated always as identity constraint audit_pkey primary key,
    done_at timestamptz not null,
    action text not null,
    done_by text not null,
    approved_by text,
    reason text not null,
    details jsonb not null
);
