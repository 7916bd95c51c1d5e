//! The router's row.

use common::leading::RouterRow;
use common::{Generation, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::name;

/// As it is.
pub async fn read(db: &impl Sql) -> Result<RouterRow, StoreError> {
    row(&db.row("select * from router", &[]).await?)
}

/// The same, held against changes by whoever acts under it.
pub async fn share(db: &impl Sql) -> Result<RouterRow, StoreError> {
    row(&db.row("select * from router for share", &[]).await?)
}

/// The same, held to be changed.
pub async fn hold(db: &impl Sql) -> Result<RouterRow, StoreError> {
    row(&db.row("select * from router for update", &[]).await?)
}

/// Stores a row that this transaction holds, of a higher generation, with its history.
pub async fn put(db: &impl Sql, next: &RouterRow, now: Timestamp) -> Result<(), StoreError> {
    let sql = "
        with kept as (
            insert into router_history (generation, leader, reason, decided_by, set_at)
            values ($1, $2, $3, $4, $5)
        )
        update router set generation = $1, leader = $2, reason = $3, decided_by = $4";
    let RouterRow { generation, leader, reason, decided_by } = next;
    let now = OffsetDateTime::from(now);
    let leader = leader.as_str();
    db.run(sql, &[&generation.as_i64(), &leader, reason, decided_by, &now]).await?;
    Ok(())
}

fn row(row: &Row) -> Result<RouterRow, StoreError> {
    Ok(RouterRow {
        generation: Generation::from_i64(row.get("generation")),
        leader: name(row, "leader")?,
        reason: row.get("reason"),
        decided_by: row.get("decided_by"),
    })
}
