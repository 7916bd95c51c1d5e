-- Streams of blocks (protocol §4): what one life of a block's database has sent.
create table stream (
    stream_id integer generated always as identity constraint stream_pkey primary key,
    block text not null,
    incarnation text not null,
    -- The last batch that was applied, and its hash; 0: none yet.
    batch bigint not null default 0,
    hash bytea not null default '\x0000000000000000000000000000000000000000000000000000000000000000'
        constraint stream_hash_whole check (octet_length(hash) = 32),
    -- The first batch that the log still has.
    log_begins bigint not null default 1,
    applied_at timestamptz,
    heartbeat_at timestamptz,
    constraint stream_once unique (block, incarnation)
);

-- Every batch, so that a repeated one is known and a forked one found (I13).
create table batch (
    stream_id integer not null constraint batch_of_stream references stream,
    batch bigint not null constraint batch_counts_from_one check (batch > 0),
    hash bytea not null constraint batch_hash_whole check (octet_length(hash) = 32),
    applied_at timestamptz not null,
    -- Stored by an archive that recovers; not judged yet.
    unjudged boolean not null default false,
    -- What of it was late, [[home, slice, customer or null], …], for repeated acknowledgements.
    late jsonb,
    constraint batch_pkey primary key (stream_id, batch)
);
create index batch_unjudged on batch (stream_id, batch) where unjudged;

-- The events of unjudged batches, as they came.
create table unjudged_batch (
    stream_id integer not null,
    batch bigint not null,
    events text[] not null,
    constraint unjudged_batch_pkey primary key (stream_id, batch),
    constraint unjudged_batch_of_batch foreign key (stream_id, batch) references batch
);

-- The last SEAL of each slice by each block.
create table seal (
    home text not null,
    slice smallint not null,
    block text not null,
    incarnation text not null,
    generation bigint not null,
    voided boolean not null,
    constraint seal_pkey primary key (home, slice, block)
);

-- Customers, by the slice they live in, each with his last HANDOVER.
create table customer (
    customer_id bigint not null constraint customer_pkey primary key
        constraint customer_id_positive check (customer_id > 0),
    home text not null,
    slice smallint not null constraint customer_slice_range check (slice between 0 and 63),
    handed_to text,
    handed_generation bigint,
    constraint customer_handed_whole check ((handed_to is null) = (handed_generation is null))
);
create index customer_slice on customer (home, slice, customer_id);

-- Who has loaded whom, and under which generation (protocol §5, Adoption).
create table customer_load (
    customer_id bigint not null,
    stream_id integer not null constraint customer_load_of_stream references stream,
    generation bigint not null,
    loaded_at timestamptz not null,
    constraint customer_load_pkey primary key (customer_id, stream_id, generation)
);

-- The same of everybody in a slice: from a recovery.
create table slice_load (
    home text not null,
    slice smallint not null,
    generation bigint not null,
    constraint slice_load_pkey primary key (home, slice, generation)
);

-- What customers have. The payload is text: the archive never looks into it.
create table entity (
    customer_id bigint not null,
    kind text collate "C" not null,
    entity_id text collate "C" not null,
    order_key bytea not null,
    final boolean not null,
    open boolean not null,
    late boolean not null,
    home text not null,
    slice smallint not null,
    generation bigint not null,
    cancel_requested boolean not null,
    unfenced boolean not null,
    conflict boolean not null,
    asked bigint not null,
    answered bigint not null,
    cancel_asked bigint not null,
    cancel_answered bigint not null,
    payload text not null,
    -- How it ended, as its writer says: two different ends of one operation are a conflict.
    ending text,
    -- SHA-256 of the payload: decides between equal keys.
    fingerprint bytea not null constraint entity_fingerprint_whole
        check (octet_length(fingerprint) = 32),
    -- How often it was written; whoever writes it names the last count he has read.
    writes bigint not null constraint entity_writes_positive check (writes > 0),
    constraint entity_pkey primary key (customer_id, kind, entity_id)
);
create index entity_unfinished on entity (home, slice, customer_id)
    where open and kind = 'operation';

-- Versions that did not stand and should not have been: two ends of one operation, or two contents
-- under one key. For a person.
create table entity_conflict (
    number bigint generated always as identity constraint entity_conflict_pkey primary key,
    customer_id bigint not null,
    kind text not null,
    entity_id text not null,
    why text not null constraint entity_conflict_why_known
        check (why in ('two_ends', 'equal_keys')),
    -- The version that lost.
    stream_id integer not null,
    batch bigint not null,
    order_key bytea not null,
    payload text not null,
    found_at timestamptz not null
);

-- The log: every event as it came, with its verdict, in daily partitions.
create table event (
    logged_at timestamptz not null,
    stream_id integer not null,
    batch bigint not null,
    number smallint not null,
    kind text not null constraint event_kind_known
        check (kind in ('entity', 'hand_over', 'seal', 'unseal', 'heartbeat', 'raw')),
    home text,
    slice smallint,
    customer_id bigint,
    generation bigint,
    late text not null constraint event_late_known check (late in ('on_time', 'customer', 'slice')),
    serving bigint not null,
    asked bigint,
    body text not null
) partition by range (logged_at);
create index event_of_slice on event (home, slice, stream_id, batch);

-- Events that this archive could not read. A later version reads them and logs them once more.
create table raw_event (
    stream_id integer not null,
    batch bigint not null,
    number smallint not null,
    home text,
    slice smallint,
    customer_id bigint,
    late text not null,
    serving bigint not null,
    body text not null,
    read_at timestamptz,
    constraint raw_event_pkey primary key (stream_id, batch, number)
);
create index raw_event_unread on raw_event (customer_id) where read_at is null;
