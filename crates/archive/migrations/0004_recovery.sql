-- Who has been heard of the recovery of a life of the archive, and what he has handed in.
create table witness (
    life text not null constraint witness_of_life references life (incarnation),
    service text not null,
    -- A copy of the register, from a block or a router.
    rows jsonb,
    -- From a block: all that it wrote before it knew of this life was sent again.
    resent boolean not null default false,
    -- The highest fence, from the gateway.
    fence bigint,
    -- Two persons do without it.
    excused_by text,
    approved_by text,
    heard_at timestamptz not null,
    constraint witness_pkey primary key (life, service),
    constraint witness_excused_by_two check ((excused_by is null) = (approved_by is null)),
    constraint witness_says_something
        check (rows is not null or fence is not null or excused_by is not null)
);
