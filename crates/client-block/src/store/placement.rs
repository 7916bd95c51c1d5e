//! The block's copy of the register, the gates of slices, and customers closed here.

use common::fingerprint::sha256_parts;
use common::placement::{Placement, PlacementState};
use common::{BlockName, CustomerId, Generation, Incarnation, Revision, SliceId};
use futures_util::future::try_join;
use platform::StoreError;
use platform::pg::{Connection, GenericClient, Sql, Transaction};
use tokio_postgres::Row;

use super::giving_up::slice_of;
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

/// The copies of the rows that these are versions of.
pub async fn those(tx: &Transaction<'_>, like: &[Placement]) -> Result<Vec<Placement>, StoreError> {
    let sql = "
        select p.* from unnest($1::text[], $2::smallint[]) as i (home, slice)
        join placement p on p.home = i.home and p.slice = i.slice";
    let homes: Vec<&str> = like.iter().map(|row| row.home.as_str()).collect();
    let slices: Vec<i16> = like.iter().map(|row| slice(row.slice)).collect();
    tx.rows(sql, &[&homes, &slices]).await?.iter().map(read).collect()
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

/// Stores each row whose revision is higher than its copy's. Says which were.
pub async fn put(
    tx: &Transaction<'_>,
    rows: &[&Placement],
) -> Result<Vec<(BlockName, SliceId)>, StoreError> {
    let sql = "
        insert into placement (home, slice, generation, owner, owner_incarnation, owner_since,
            state, target, target_incarnation, target_generation, sessions_from_generation,
            revision, reason, decided_by)
        select * from unnest($1::text[], $2::smallint[], $3::bigint[], $4::text[], $5::text[],
            $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[],
            $12::bigint[], $13::text[], $14::text[])
        on conflict on constraint placement_pkey do update set
            generation = excluded.generation, owner = excluded.owner,
            owner_incarnation = excluded.owner_incarnation, owner_since = excluded.owner_since,
            state = excluded.state, target = excluded.target,
            target_incarnation = excluded.target_incarnation,
            target_generation = excluded.target_generation,
            sessions_from_generation = excluded.sessions_from_generation,
            revision = excluded.revision, reason = excluded.reason,
            decided_by = excluded.decided_by, adopted_at = now()
        where excluded.revision > placement.revision
        returning home, slice";
    let stored = tx
        .rows(
            sql,
            &[
                &column(rows, |row| row.home.as_str()),
                &column(rows, |row| slice(row.slice)),
                &column(rows, |row| row.generation.as_i64()),
                &column(rows, |row| row.owner.as_str()),
                &column(rows, |row| row.owner_incarnation.map(String::from)),
                &column(rows, |row| row.owner_since.as_i64()),
                &column(rows, |row| row.state.as_str()),
                &column(rows, |row| row.target.as_ref().map(BlockName::as_str)),
                &column(rows, |row| row.target_incarnation.map(String::from)),
                &column(rows, |row| row.target_generation.map(Generation::as_i64)),
                &column(rows, |row| row.sessions_from_generation.as_i64()),
                &column(rows, |row| row.revision.as_i64()),
                &column(rows, |row| row.reason.as_str()),
                &column(rows, |row| row.decided_by.as_str()),
            ],
        )
        .await?;
    stored.iter().map(slice_of).collect()
}

fn column<'a, T>(rows: &[&'a Placement], of: impl Fn(&'a Placement) -> T) -> Vec<T> {
    rows.iter().map(|row| of(row)).collect()
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

/// Shuts the gates of slices: waits for the transactions inside to end. One after the other in the
/// order in which acceptance enters them, so that nobody waits in a circle.
pub async fn shut_gates(
    tx: &Transaction<'_>,
    slices: &[(&BlockName, SliceId)],
) -> Result<(), StoreError> {
    let sql = "
        select pg_advisory_xact_lock(high, low) from (
            select distinct high, low from unnest($1::int[], $2::int[]) as g (high, low)
            order by high, low) gates";
    let (high, low) = gates(slices);
    tx.rows(sql, &[&high, &low]).await?;
    Ok(())
}

/// Ends the connections that are inside the gates of slices; gives their number. Whoever has shut
/// a gate meanwhile (it is held exclusively then) is not inside.
pub async fn end_holders(
    db: &Connection,
    slices: &[(&BlockName, SliceId)],
) -> Result<i64, StoreError> {
    let (high, low) = gates(slices);
    let sql = "
        with holder as (
            select distinct l.pid
            from unnest($1::int[], $2::int[]) as g (high, low)
            join pg_locks l on l.classid::bigint = g.high::bigint & 4294967295
                and l.objid::bigint = g.low::bigint & 4294967295
            join pg_database d on d.oid = l.database
            where d.datname = current_database() and l.locktype = 'advisory' and l.granted
                and l.objsubid = 2 and l.mode = 'ShareLock')
        select count(*) filter (where pg_terminate_backend(pid)) as ended from holder";
    Ok(db.row(sql, &[&high, &low]).await?.get("ended"))
}

fn gates(slices: &[(&BlockName, SliceId)]) -> (Vec<i32>, Vec<i32>) {
    slices.iter().map(|(home, slice)| gate(home, *slice)).unzip()
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
    let name = |column| name_in(row, column);
    let incarnation = |column| {
        let text: Option<String> = row.get(column);
        text.map(|text| text.parse::<Incarnation>().map_err(|_| unreadable())).transpose()
    };
    let state: String = row.get("state");
    let target: Option<String> = row.get("target");
    let (home, slice) = slice_of(row)?;
    Ok(Placement {
        home,
        slice,
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

fn name_in(row: &Row, column: &str) -> Result<BlockName, StoreError> {
    let text: String = row.get(column);
    BlockName::try_from(text).map_err(|_| unreadable())
}

fn unreadable() -> StoreError {
    StoreError::Unreadable { what: "placement" }
}
