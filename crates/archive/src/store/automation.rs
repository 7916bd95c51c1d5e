//! The one move of automation (I14), and its switch.

use common::failover::Taken;
use common::wire::archive::Automation;
use common::{BlockName, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::name_opt;

/// The row, and of which block the last move was.
#[derive(Clone, Debug)]
pub struct Held {
    /// As it is shown.
    pub shown: Automation,
    /// The bank's one move as it was last taken.
    pub taken: Option<Taken<BlockName>>,
}

/// As it is now.
pub async fn read(db: &impl Sql) -> Result<Held, StoreError> {
    row(&db.row("select * from automation", &[]).await?)
}

/// The same, held to be changed.
pub async fn hold(db: &impl Sql) -> Result<Held, StoreError> {
    row(&db.row("select * from automation for update", &[]).await?)
}

/// The move was taken.
pub async fn take(db: &impl Sql, taken: &Taken<BlockName>) -> Result<(), StoreError> {
    let sql = "update automation set last_move_at = $1, last_move_of = $2";
    let of = taken.1.as_ref().map(BlockName::as_str);
    db.run(sql, &[&OffsetDateTime::from(taken.0), &of]).await?;
    Ok(())
}

/// A person has switched it.
pub async fn set(db: &impl Sql, shown: &Automation) -> Result<(), StoreError> {
    let sql = "update automation set held = $1, held_by = $2, limit_lifted_until = $3";
    let until = shown.limit_lifted_until.map(OffsetDateTime::from);
    db.run(sql, &[&shown.held, &shown.held_by, &until]).await?;
    Ok(())
}

fn row(row: &Row) -> Result<Held, StoreError> {
    let time = |column: &str| row.get::<_, Option<OffsetDateTime>>(column).map(Timestamp::from);
    let last_move_at = time("last_move_at");
    let shown = Automation {
        held: row.get("held"),
        held_by: row.get("held_by"),
        last_move_at,
        limit_lifted_until: time("limit_lifted_until"),
    };
    let of = name_opt(row, "last_move_of")?;
    Ok(Held { shown, taken: last_move_at.map(|at| (at, of)) })
}
