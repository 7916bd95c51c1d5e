//! The lives of blocks' databases that are current.

use common::{BlockName, Incarnation, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use time::OffsetDateTime;

use super::incarnation;

/// The block's current life, held against a newer one.
pub async fn held(db: &impl Sql, block: &BlockName) -> Result<Option<Incarnation>, StoreError> {
    let sql = "select incarnation from block_life where block = $1 for share";
    let row = db.row_opt(sql, &[&block.as_str()]).await?;
    row.as_ref().map(|row| incarnation(row, "incarnation")).transpose()
}

/// The same, as it is now.
pub async fn read(db: &impl Sql, block: &BlockName) -> Result<Option<Incarnation>, StoreError> {
    let sql = "select incarnation from block_life where block = $1";
    let row = db.row_opt(sql, &[&block.as_str()]).await?;
    row.as_ref().map(|row| incarnation(row, "incarnation")).transpose()
}

/// This life of it is current now. A life that others have met meanwhile stays if it is a later
/// one.
pub async fn set(
    db: &impl Sql,
    block: &BlockName,
    life: &Incarnation,
    now: Timestamp,
) -> Result<(), StoreError> {
    // In a life's text: its timeline, then its cluster, in hexadecimal digits of one width. Of one
    // cluster the later timeline is the later life, otherwise the later cluster.
    let sql = "
        insert into block_life (block, incarnation, met_at) values ($1, $2, $3)
        on conflict on constraint block_life_pkey
        do update set incarnation = excluded.incarnation, met_at = excluded.met_at, earlier = true
        where (substr(block_life.incarnation, 10, 16), left(block_life.incarnation, 8))
            < (substr(excluded.incarnation, 10, 16), left(excluded.incarnation, 8))";
    db.run(sql, &[&block.as_str(), &life.to_string(), &OffsetDateTime::from(now)]).await?;
    Ok(())
}

/// Was an earlier life met before this one, which is current?
pub async fn has_earlier(
    db: &impl Sql,
    block: &BlockName,
    life: &Incarnation,
) -> Result<bool, StoreError> {
    let sql = "select earlier from block_life where block = $1 and incarnation = $2";
    let row = db.row_opt(sql, &[&block.as_str(), &life.to_string()]).await?;
    Ok(row.is_some_and(|row| row.get("earlier")))
}
