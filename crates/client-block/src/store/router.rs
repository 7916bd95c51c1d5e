//! Which generation of the router's row was seen here.

use common::Generation;
use platform::StoreError;
use platform::pg::Sql;

/// The newest, held against another to the transaction's end; nothing before one was seen.
pub async fn seen(db: &impl Sql) -> Result<Option<Generation>, StoreError> {
    let row = db.row_opt("select generation from router_seen where single for share", &[]).await?;
    Ok(row.map(|row| Generation::from_i64(row.get("generation"))))
}

/// A router says it, or the archive.
pub async fn saw(db: &impl Sql, generation: Generation) -> Result<(), StoreError> {
    let sql = "
        insert into router_seen (generation) values ($1)
        on conflict on constraint router_seen_pkey do update set generation = excluded.generation
        where router_seen.generation < excluded.generation";
    db.run(sql, &[&generation.as_i64()]).await?;
    Ok(())
}
