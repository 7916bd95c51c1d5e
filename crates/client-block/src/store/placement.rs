//! The block's copy of the register, the gates of slices, and customers closed here.

use common::fingerprint::sha256_parts;
use common::placement::{Placement, PlacementState};
use common::{BlockName, CustomerId, Generation, Incarnation, Revision, SliceId};
use futures_util::future::try_join;
use platform::StoreError;
use platform::pg::{Connection, GenericClient, Sql, Transaction};
use tokio_postgres::Row;

use super::standing::{Standing, columns, tables};
use crate::block::Scope;

/// Every row of the copy.
pub async fn all(db: &Connection) -> Result<Vec<Placement>, StoreError> {
    db.rows("select * from placement", &[]).await?.iter().map(read).collect()
}

/// Does any row name this block?
pub async fn names(db: &Connection, block: &BlockName) -> Result<bool, StoreError> {
    let sql = "
        select exists (select 1 from placement
            where home = $1 or owner = $1 or target = $1) as named";
    Ok(db.row(sql, &[&block.as_str()]).await?.get("named"))
}

/// The customers that are closed here and the generation that would open them again.
pub async fn closed(db: &Connection) -> Result<Vec<(CustomerId, Generation)>, StoreError> {
    let rows = db.rows("select customer_id, fence from closed_customer", &[]).await?;
    let pair = |row: &Row| {
        (CustomerId::from_i64(row.get("customer_id")), Generation::from_i64(row.get("fence")))
    };
    Ok(rows.iter().map(pair).collect())
}

/// The copy of the row that `like` is a version of.
pub async fn one(tx: &Transaction<'_>, like: &Placement) -> Result<Option<Placement>, StoreError> {
    of(tx, (&like.home, like.slice)).await
}

/// The copy of a slice's row.
pub async fn of(
    tx: &Transaction<'_>,
    (home, number): (&BlockName, SliceId),
) -> Result<Option<Placement>, StoreError> {
    let sql = "select * from placement where home = $1 and slice = $2";
    let row = tx.row_opt(sql, &[&home.as_str(), &slice(number)]).await?;
    row.as_ref().map(read).transpose()
}

/// Stores a row if its revision is higher than the copy's. Says whether it was.
pub async fn put(tx: &Transaction<'_>, row: &Placement) -> Result<bool, StoreError> {
    let sql = "
        insert into placement (home, slice, generation, owner, owner_incarnation, owner_since,
            state, target, target_incarnation, target_generation, sessions_from_generation,
            revision, reason, decided_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict on constraint placement_pkey do update set
            generation = excluded.generation, owner = excluded.owner,
            owner_incarnation = excluded.owner_incarnation, owner_since = excluded.owner_since,
            state = excluded.state, target = excluded.target,
            target_incarnation = excluded.target_incarnation,
            target_generation = excluded.target_generation,
            sessions_from_generation = excluded.sessions_from_generation,
            revision = excluded.revision, reason = excluded.reason,
            decided_by = excluded.decided_by, adopted_at = now()
        where excluded.revision > placement.revision";
    let changed = tx
        .run(
            sql,
            &[
                &row.home.as_str(),
                &slice(row.slice),
                &row.generation.as_i64(),
                &row.owner.as_str(),
                &row.owner_incarnation.map(String::from),
                &row.owner_since.as_i64(),
                &row.state.as_str(),
                &row.target.as_ref().map(BlockName::as_str),
                &row.target_incarnation.map(String::from),
                &row.target_generation.map(Generation::as_i64),
                &row.sessions_from_generation.as_i64(),
                &row.revision.as_i64(),
                &row.reason,
                &row.decided_by,
            ],
        )
        .await?;
    Ok(changed == 1)
}

const GUARDED: &str =
    concat!("select ", columns!(), " from (select 1) one ", tables!("$1", "$2", "$3"));

/// Enters the gate shared and reads what it guards. Two statements: the snapshot of one statement
/// is older than a lock it waits for, so the row is read after the lock is held. Sent together.
pub async fn enter_gate(tx: &Transaction<'_>, scope: &Scope) -> Result<Standing, StoreError> {
    let (high, low) = gate(&scope.home, scope.slice);
    let (home, number) = (scope.home.as_str(), slice(scope.slice));
    let customer = scope.customer.as_i64();
    let lock = tx.prepare_cached("select pg_advisory_xact_lock_shared($1, $2)").await?;
    let guarded = tx.prepare_cached(GUARDED).await?;
    // Prepared above, so that these are sent at the first poll: in this order, without waiting.
    let (_, row) = try_join(
        tx.execute(&lock, &[&high, &low]),
        tx.query_one(&guarded, &[&home, &number, &customer]),
    )
    .await?;
    Standing::read(&row)
}

/// The same without a gate, for what changes nothing.
pub async fn standing(db: &impl GenericClient, scope: &Scope) -> Result<Standing, StoreError> {
    let (home, number) = (scope.home.as_str(), slice(scope.slice));
    Standing::read(&db.row(GUARDED, &[&home, &number, &scope.customer.as_i64()]).await?)
}

/// Shuts the gate of a slice: waits for the transactions inside to end.
pub async fn shut_gate(
    tx: &Transaction<'_>,
    (home, slice): (&BlockName, SliceId),
) -> Result<(), StoreError> {
    let (high, low) = gate(home, slice);
    tx.run("select pg_advisory_xact_lock($1, $2)", &[&high, &low]).await?;
    Ok(())
}

/// Ends the connections that are inside the gate of a slice; gives their number. Whoever has shut
/// the gate meanwhile (it is held exclusively then) is not inside.
pub async fn end_holders(
    db: &Connection,
    (home, slice): (&BlockName, SliceId),
) -> Result<i64, StoreError> {
    let (high, low) = gate(home, slice);
    let sql = "
        select count(*) filter (where pg_terminate_backend(l.pid)) as ended
        from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory' and l.granted
            and l.classid::bigint = $1::int::bigint & 4294967295
            and l.objid::bigint = $2::int::bigint & 4294967295 and l.objsubid = 2
            and l.mode = 'ShareLock'";
    Ok(db.row(sql, &[&high, &low]).await?.get("ended"))
}

/// Closes a customer until the generation of his row reaches `fence`.
pub async fn close(db: &Connection, scope: &Scope, fence: Generation) -> Result<(), StoreError> {
    let sql = "
        insert into closed_customer (customer_id, fence) values ($1, $2)
        on conflict on constraint closed_customer_pkey
        do update set fence = greatest(closed_customer.fence, excluded.fence)";
    db.run(sql, &[&scope.customer.as_i64(), &fence.as_i64()]).await?;
    Ok(())
}

/// The advisory lock that is the gate of a slice.
pub(super) fn gate(home: &BlockName, slice: SliceId) -> (i32, i32) {
    let digest = sha256_parts(&[b"gate", home.as_str().as_bytes()]);
    let high = i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    (high, i32::from(slice.number()))
}

fn slice(id: SliceId) -> i16 {
    i16::from(id.number())
}

/// A row of the copy.
pub(super) fn read(row: &Row) -> Result<Placement, StoreError> {
    let name = |column| {
        let text: String = row.get(column);
        BlockName::try_from(text).map_err(|_| unreadable())
    };
    let incarnation = |column| {
        let text: Option<String> = row.get(column);
        text.map(|text| text.parse::<Incarnation>().map_err(|_| unreadable())).transpose()
    };
    let slice: i16 = row.get("slice");
    let state: String = row.get("state");
    let target: Option<String> = row.get("target");
    Ok(Placement {
        home: name("home")?,
        slice: u8::try_from(slice)
            .ok()
            .and_then(|number| SliceId::try_from(number).ok())
            .ok_or_else(unreadable)?,
        generation: Generation::from_i64(row.get("generation")),
        owner: name("owner")?,
        owner_incarnation: incarnation("owner_incarnation")?,
        owner_since: Generation::from_i64(row.get("owner_since")),
        state: PlacementState::parse(&state).ok_or_else(unreadable)?,
        target: target.map(BlockName::try_from).transpose().map_err(|_| unreadable())?,
        target_incarnation: incarnation("target_incarnation")?,
        target_generation: row.get::<_, Option<i64>>("target_generation").map(Generation::from_i64),
        sessions_from_generation: Generation::from_i64(row.get("sessions_from_generation")),
        revision: Revision::from_i64(row.get("revision")),
        reason: row.get("reason"),
        decided_by: row.get("decided_by"),
    })
}

fn unreadable() -> StoreError {
    StoreError::Unreadable { what: "placement" }
}
