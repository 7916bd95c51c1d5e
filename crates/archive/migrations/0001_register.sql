-- The lives of this database (protocol §2, §4): the newest is the one it is in.
create table life (
    number bigint generated always as identity constraint life_pkey primary key,
    incarnation text not null constraint life_incarnation_once unique,
    began_at timestamptz not null,
    -- Null: it recovers, and decides nothing yet.
    recovered_at timestamptz
);

-- Raised by every transaction that changes a row of the register, and held by it to its end:
-- whoever has read up to a version has missed nothing.
create table register_version (
    single boolean not null default true constraint register_version_pkey primary key
        constraint register_version_single check (single),
    version bigint not null
);
insert into register_version (version) values (0);

-- The register of ownership (protocol §3).
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
    target_incarnation text,
    target_generation bigint,
    sessions_from_generation bigint not null,
    revision bigint not null constraint placement_revision_positive check (revision > 0),
    reason text not null,
    decided_by text not null,
    version bigint not null,
    constraint placement_pkey primary key (home, slice),
    constraint placement_target_whole
        check ((state = 'draining') = (target is not null)
           and (target is null) = (target_generation is null)
           and (target is not null or target_incarnation is null))
);
create index placement_version on placement (version);

-- Every row that ever was, for people.
create table placement_history (
    home text not null,
    slice smallint not null,
    revision bigint not null,
    placement jsonb not null,
    set_at timestamptz not null,
    constraint placement_history_pkey primary key (home, slice, revision)
);

-- The life of each block's database that is current, as far as the archive has met it.
create table block_life (
    block text not null constraint block_life_pkey primary key,
    incarnation text not null,
    met_at timestamptz not null
);
