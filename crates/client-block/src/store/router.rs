//! Which generation of the router's row was seen here.

use common::Generation;
use platform::StoreError;
use platform::pg::Sql;

/// The newest; held against another to the transaction's end.
pub async fn seen(db: &impl Sql) -> Result<Generation, StoreError> {
    let row = db.row("select generation from router_seen for share", &[]).await?;
    Ok(Generation::from_i64(row.get("generation")))
}

/// A router says it, or the archive.
pub async fn saw(db: &impl Sql, generation: Generation) -> Result<(), StoreError> {
    let sql = "update router_seen set generation = $1 where generation < $1";
    db.run(sql, &[&generation.as_i64()]).await?;
    Ok(())
}
