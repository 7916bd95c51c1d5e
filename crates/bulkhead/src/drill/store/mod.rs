//! What a drill reads of databases: how far the archive is behind, who has yet to be loaded,
//! and what of the customers' record is in the second compartment. Only reading.

use std::collections::BTreeSet;

use tokio_postgres::Client;
use uuid::Uuid;

type Read<T> = Result<T, tokio_postgres::Error>;

/// The oldest change that the archive has not acknowledged, in milliseconds; 0: none.
const LAG: &str = "
    select coalesce(extract(epoch from now() - min(o.written_at)) * 1000, 0)::float8
    from outbox o left join life l on true
    where o.batch is null or o.batch > l.acknowledged";
const TO_LOAD: &str = "
    select count(*) from customer c join placement p using (home, slice)
    where p.owner = $1 and (c.loaded_generation is null or c.loaded_generation < p.owner_since)";
const ARCHIVED: &str = "
    select entity_id::uuid as id from entity
    where kind = 'operation' and entity_id = any($1)";
const AT_GATEWAY: &str = "
    select operation_id as id from operation_record where operation_id = any($1)";

/// How far the archive is behind this block.
pub(super) async fn lag_ms(block: &Client) -> Read<f64> {
    Ok(block.query_one(LAG, &[]).await?.get(0))
}

/// Customers of the block's own slices who have yet to be loaded there.
pub(super) async fn to_load(block: &Client, name: &str) -> Read<i64> {
    Ok(block.query_one(TO_LOAD, &[&name]).await?.get(0))
}

/// Which of these operations the archive has.
pub(super) async fn archived(archive: &Client, ids: &[Uuid]) -> Read<BTreeSet<Uuid>> {
    let texts: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let rows = archive.query(ARCHIVED, &[&texts]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

/// Which of them the gateway has.
pub(super) async fn at_gateway(gateway: &Client, ids: &[Uuid]) -> Read<BTreeSet<Uuid>> {
    let rows = gateway.query(AT_GATEWAY, &[&ids]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}
