-- Streams to the archive, the life of this database, and what a block gives up (protocol §2–§4).

-- Which life this database is in, and what it knows of the archive. One row, written by the worker.
create table life (
    alone boolean not null default true constraint life_pkey primary key
        constraint life_is_one check (alone),
    -- `common::Incarnation`, as text.
    incarnation text not null,
    -- A new life that has yet to claim what an earlier one owned: it has no generation.
    fresh boolean not null,
    -- The last batch of the life before that was acknowledged then.
    parent text,
    parent_batch bigint,
    parent_hash bytea,
    -- A later life was seen: closed for good, but for exporting its tail.
    outlived boolean not null default false,
    -- Where the worker's process is (protocol §7), and when it last said so: other processes of the
    -- block follow it.
    phase text not null default 'quarantined',
    phase_at timestamptz not null default now(),
    began_at timestamptz not null default now(),
    -- Rows of `batch` count on through all lives; batch n of this life's stream is first_batch + n.
    first_batch bigint not null default 0,
    -- The last row of `batch` that the archive has.
    acknowledged bigint not null default 0,
    -- The newest life of the archive that was heard, and the one that has what is acknowledged.
    archive text,
    confirmed_by text,
    -- The register's version there, for the next question.
    register_version bigint
);

-- A batch is committed here before it is first sent, and never changes (I13). The newest one that
-- is not acknowledged is in flight.
create table batch (
    batch bigint not null constraint batch_pkey primary key,
    previous bytea not null,
    hash bytea not null,
    -- Exactly these rows of the outbox, in this order.
    lines bigint[] not null,
    composed_at timestamptz not null,
    acknowledged_at timestamptz,
    -- An archive that recovers has stored it and judged nothing of it yet.
    unjudged boolean not null default false
);

-- The batch in which a row went. It counts as acknowledged if that is at most life.acknowledged,
-- and life.archive is the one that confirmed it.
alter table outbox add column batch bigint;
-- `common::wire::archive::Marks`; absent: none.
alter table outbox add column marks jsonb;
-- The JSON text as it travels, fixed when its batch is composed. The payload goes into it then.
alter table outbox add column event text;
alter table outbox alter column payload drop not null;
create index outbox_waiting on outbox (id) where batch is null;

-- The line that first told the archive of the operation, from which its durability is derived (I3).
-- 0: it came from the archive.
alter table operation add column line bigint;
update operation o set line = told.line
from (select entity_id, min(id) as line from outbox
    where kind = 'operation' group by entity_id) told
where told.entity_id = o.operation_id::text;
-- `common::join::operation::Marks`, beside cancel_requested.
alter table operation add column unfenced boolean not null default false;
alter table operation add column conflict boolean not null default false;
alter table operation add column asked bigint not null default 0;
alter table operation add column answered bigint not null default 0;
alter table operation add column cancel_asked bigint not null default 0;
alter table operation add column cancel_answered bigint not null default 0;

-- The generation under which a customer was last loaded here (I9). Whoever has been a customer from
-- the beginning counts as loaded under the first; null: his row is here, his data are not.
alter table customer add column loaded_generation bigint default 1;
-- The gateway was fenced for him then.
alter table customer add column loaded_fenced boolean not null default true;
-- The newest generation under which another block or life had loaded him, as the archive said then.
alter table customer add column loaded_elsewhere bigint;
-- The archive could not read something of his then: no view is complete.
alter table customer add column loaded_unread boolean not null default false;
-- The epoch of sessions is a pair: under which generation it was raised, and how often.
alter table customer add column epoch_generation bigint not null default 0;
alter table session add column epoch_generation bigint not null default 0;
create index customer_slice on customer (home, slice, customer_id);

-- Slices that this block has sealed.
create table sealed_slice (
    home text not null,
    slice smallint not null,
    generation bigint not null,
    -- Of the copy when it sealed.
    revision bigint not null,
    -- UNSEAL is written: open again once a row of a higher revision still names us.
    unsealing boolean not null default false,
    sealed_at timestamptz not null,
    constraint sealed_slice_pkey primary key (home, slice)
);

-- Customers who were handed over, to whom and under which generation reserved for him. In force
-- only while that is higher than the row's own.
create table handed_over (
    customer_id bigint not null constraint handed_over_pkey primary key,
    home text not null,
    slice smallint not null,
    target text not null,
    generation bigint not null,
    handed_at timestamptz not null
);

-- What an acknowledgement has named as late: closed until the row has this revision.
create table late_named (
    home text not null,
    slice smallint not null,
    -- 0: the whole slice.
    customer_id bigint not null,
    revision bigint not null,
    constraint late_named_pkey primary key (home, slice, customer_id)
);

-- How far the archive was followed: the last batch of each stream, in one life of the archive.
create table followed (
    block text not null,
    incarnation text not null,
    batch bigint not null,
    constraint followed_pkey primary key (block, incarnation)
);
create table following (
    alone boolean not null default true constraint following_pkey primary key
        constraint following_is_one check (alone),
    archive text not null,
    -- When everything that the archive had was last followed.
    all_at timestamptz
);
