//! The rows of the register.

use std::collections::BTreeMap;

use common::placement::{Placement, PlacementState};
use common::{BlockName, Generation, Revision, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::{
    bigint, columns, count, incarnation_opt, name, name_opt, slice_number, slice_of, unreadable,
};

/// Rows by home and slice: in the order in which they are locked.
pub type Rows = BTreeMap<(BlockName, SliceId), Placement>;

/// How rows are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Against changes.
    Shared,
    /// To be changed.
    Alone,
}

const SHARED: &str = "
    select p.* from unnest($1::text[], $2::smallint[]) as wanted (home, slice)
    join placement p on p.home = wanted.home and p.slice = wanted.slice
    order by p.home, p.slice for share of p";
const ALONE: &str = "
    select p.* from unnest($1::text[], $2::smallint[]) as wanted (home, slice)
    join placement p on p.home = wanted.home and p.slice = wanted.slice
    order by p.home, p.slice for update of p";

/// The rows of these slices, locked in slice order; whoever has none is missing.
pub async fn lock(
    db: &impl Sql,
    slices: &[(BlockName, SliceId)],
    hold: Hold,
) -> Result<Rows, StoreError> {
    let (homes, numbers) = columns(slices);
    let sql = if hold == Hold::Alone { ALONE } else { SHARED };
    by_slice(&db.rows(sql, &[&homes, &numbers]).await?)
}

/// The rows of these slices, as they are.
pub async fn read(db: &impl Sql, slices: &[(BlockName, SliceId)]) -> Result<Rows, StoreError> {
    let sql = "
        select p.* from unnest($1::text[], $2::smallint[]) as wanted (home, slice)
        join placement p on p.home = wanted.home and p.slice = wanted.slice";
    let (homes, numbers) = columns(slices);
    by_slice(&db.rows(sql, &[&homes, &numbers]).await?)
}

/// All rows, locked in slice order.
pub async fn lock_all(db: &impl Sql) -> Result<Rows, StoreError> {
    by_slice(&db.rows("select * from placement order by home, slice for update", &[]).await?)
}

/// The rows that changed after a version.
pub async fn since(db: &impl Sql, version: u64) -> Result<Vec<Placement>, StoreError> {
    let sql = "select * from placement where version > $1 order by home, slice";
    db.rows(sql, &[&bigint(version)]).await?.iter().map(one).collect()
}

/// The rows that name this block as owner or target.
pub async fn concerning(db: &impl Sql, block: &BlockName) -> Result<Vec<Placement>, StoreError> {
    let sql = "select * from placement where owner = $1 or target = $1 order by home, slice";
    db.rows(sql, &[&block.as_str()]).await?.iter().map(one).collect()
}

/// The version of the register: what has changed after it has a higher one.
pub async fn version(db: &impl Sql) -> Result<u64, StoreError> {
    Ok(count(db.row("select version from register_version", &[]).await?.get("version")))
}

/// The next version, for rows that this transaction changes. Others who change rows wait until it
/// has ended, so that versions become visible in their order.
pub async fn next_version(db: &impl Sql) -> Result<i64, StoreError> {
    let sql = "update register_version set version = version + 1 returning version";
    Ok(db.row(sql, &[]).await?.get("version"))
}

/// The newest rows that a slice ever had, in their order, with when each was set.
pub async fn history(
    db: &impl Sql,
    (home, slice): &(BlockName, SliceId),
    most: i64,
) -> Result<Vec<(Placement, Timestamp)>, StoreError> {
    let sql = "
        select placement, set_at from placement_history
        where home = $1 and slice = $2 order by revision desc limit $3";
    let rows = db.rows(sql, &[&home.as_str(), &slice_number(*slice), &most]).await?;
    let read = |row: &Row| {
        let kept: Value = row.get("placement");
        let kept = serde_json::from_value(kept).ok().ok_or_else(unreadable("placement"))?;
        Ok((kept, row.get::<_, OffsetDateTime>("set_at").into()))
    };
    rows.iter().rev().map(read).collect()
}

/// Is there no row at all?
pub async fn is_empty(db: &impl Sql) -> Result<bool, StoreError> {
    Ok(db.row_opt("select 1 from placement limit 1", &[]).await?.is_none())
}

const COLUMNS: &str = "
    with given as (
        select * from jsonb_to_recordset($1) as g (
            home text, slice smallint, generation bigint, owner text, owner_incarnation text,
            owner_since bigint, state text, target text, target_incarnation text,
            target_generation bigint, sessions_from_generation bigint, revision bigint,
            reason text, decided_by text)
    ), kept as (
        insert into placement_history (home, slice, revision, placement, set_at)
        select g ->> 'home', (g ->> 'slice')::smallint, (g ->> 'revision')::bigint, g,
            $3::timestamptz
        from jsonb_array_elements($1) g
        on conflict on constraint placement_history_pkey do nothing
    )
    insert into placement (home, slice, generation, owner, owner_incarnation, owner_since, state,
        target, target_incarnation, target_generation, sessions_from_generation, revision, reason,
        decided_by, version)
    select home, slice, generation, owner, owner_incarnation, owner_since, state, target,
        target_incarnation, target_generation, sessions_from_generation, revision, reason,
        decided_by, $2::bigint
    from given order by home, slice
    on conflict on constraint placement_pkey do update set
        generation = excluded.generation, owner = excluded.owner,
        owner_incarnation = excluded.owner_incarnation, owner_since = excluded.owner_since,
        state = excluded.state, target = excluded.target,
        target_incarnation = excluded.target_incarnation,
        target_generation = excluded.target_generation,
        sessions_from_generation = excluded.sessions_from_generation,
        revision = excluded.revision, reason = excluded.reason,
        decided_by = excluded.decided_by, version = excluded.version
    where excluded.revision > placement.revision";

/// Stores rows that this transaction holds, each of a higher revision than before, with the history
/// of it, under a version of [`next_version`]. Gives how many were stored.
pub async fn put(
    db: &impl Sql,
    rows: &[&Placement],
    version: i64,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let given: Result<Vec<Value>, _> = rows.iter().map(serde_json::to_value).collect();
    let given = Value::Array(given.ok().ok_or_else(unreadable("placement"))?);
    db.run(COLUMNS, &[&given, &version, &OffsetDateTime::from(now)]).await
}

fn by_slice(rows: &[Row]) -> Result<Rows, StoreError> {
    let keyed = |row: &Row| {
        let row = one(row)?;
        Ok(((row.home.clone(), row.slice), row))
    };
    rows.iter().map(keyed).collect()
}

fn one(row: &Row) -> Result<Placement, StoreError> {
    let state: String = row.get("state");
    Ok(Placement {
        home: name(row, "home")?,
        slice: slice_of(row.get("slice"))?,
        generation: Generation::from_i64(row.get("generation")),
        owner: name(row, "owner")?,
        owner_incarnation: incarnation_opt(row, "owner_incarnation")?,
        owner_since: Generation::from_i64(row.get("owner_since")),
        state: PlacementState::parse(&state).ok_or_else(unreadable("state"))?,
        target: name_opt(row, "target")?,
        target_incarnation: incarnation_opt(row, "target_incarnation")?,
        target_generation: row.get::<_, Option<i64>>("target_generation").map(Generation::from_i64),
        sessions_from_generation: Generation::from_i64(row.get("sessions_from_generation")),
        revision: Revision::from_i64(row.get("revision")),
        reason: row.get("reason"),
        decided_by: row.get("decided_by"),
    })
}
