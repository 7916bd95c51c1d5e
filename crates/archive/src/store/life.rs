//! The lives of this database.

use common::{Incarnation, Timestamp};
use futures_util::future::try_join;
use platform::StoreError;
use platform::pg::{GenericClient as _, Sql as _, Transaction};
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::incarnation_opt;

/// The advisory lock on the archive's life: shared by every transaction that decides something,
/// exclusive for whoever begins a life or ends its recovery.
const LIFE_LOCK: i64 = 0x61_7263_6869_7665;

/// What is written of the life, and what the server says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// The newest life that was begun, if one was.
    pub written: Option<Incarnation>,
    /// It has recovered, or had nothing to recover.
    pub recovered: bool,
    /// System identifier and timeline of the server.
    pub server: (u64, u32),
}

// One statement, and one row even in an empty database.
const READ: &str = "
    select l.incarnation, l.recovered_at is not null as recovered, c.system_identifier,
           substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline
    from pg_control_system() c
    left join (select * from life order by number desc limit 1) l on true";

/// Holds the life and reads it. Two statements, because the snapshot of one would be older than the
/// lock it waits for; sent together.
pub async fn enter(tx: &Transaction<'_>) -> Result<Life, StoreError> {
    let lock = tx.prepare_cached("select pg_advisory_xact_lock_shared($1)").await?;
    let read_it = tx.prepare_cached(READ).await?;
    // Prepared above, so that these are sent at the first poll: in this order, without waiting.
    let (_, row) = try_join(tx.execute(&lock, &[&LIFE_LOCK]), tx.query_one(&read_it, &[])).await?;
    read(&row)
}

/// The same, and nobody else is within.
pub async fn enter_alone(tx: &Transaction<'_>) -> Result<Life, StoreError> {
    // Whoever waits to be alone keeps others from coming in: not for long.
    tx.batch_execute("set local lock_timeout = '1s'").await?;
    tx.run("select pg_advisory_xact_lock($1)", &[&LIFE_LOCK]).await?;
    read(&tx.row(READ, &[]).await?)
}

/// Begins a life.
pub async fn begin(
    tx: &Transaction<'_>,
    life: &Incarnation,
    recovered: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into life (incarnation, began_at, recovered_at)
        values ($1, $2::timestamptz, case when $3::bool then $2::timestamptz end)";
    tx.run(sql, &[&life.to_string(), &OffsetDateTime::from(now), &recovered]).await?;
    Ok(())
}

/// The life has recovered.
pub async fn recovered(
    tx: &Transaction<'_>,
    life: &Incarnation,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update life set recovered_at = $2 where incarnation = $1";
    tx.run(sql, &[&life.to_string(), &OffsetDateTime::from(now)]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Life, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "timeline" };
    let timeline: String = row.get("timeline");
    let timeline = u32::from_str_radix(&timeline, 16).ok().ok_or_else(unreadable)?;
    let system: i64 = row.get("system_identifier");
    Ok(Life {
        written: incarnation_opt(row, "incarnation")?,
        recovered: row.get("recovered"),
        server: (system.cast_unsigned(), timeline),
    })
}
