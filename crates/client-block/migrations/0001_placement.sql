-- The block's copy of the register of ownership (protocol §3), and the customers whom a gateway has
-- seen under a newer generation than ours.
create table placement (
    home text not null,
    slice smallint not null constraint placement_slice_range check (slice between 0 and 63),
    generation bigint not null constraint placement_generation_positive check (generation > 0),
    owner text not null,
    owner_incarnation text,
    owner_since bigint not null,
    state text not null constraint placement_state_known
        check (state in ('active', 'draining', 'moved', 'returning')),
    target text,
    target_generation bigint,
    sessions_from_generation bigint not null,
    revision bigint not null constraint placement_revision_positive check (revision > 0),
    reason text not null,
    decided_by text not null,
    adopted_at timestamptz not null default now(),
    constraint placement_pkey primary key (home, slice)
);

-- Closed here until the generation of the customer's row reaches the fence.
create table closed_customer (
    customer_id bigint not null constraint closed_customer_pkey primary key,
    fence bigint not null constraint closed_customer_fence_positive check (fence > 0),
    closed_at timestamptz not null default now()
);
