//! Secrets that the routers of a bank share.

use platform::StoreError;
use sqlx::PgConnection;

/// The secret that chooses the blocks of decoys; `candidate` becomes it if there is none yet. It
/// outlives every process: a stranger's block must not change with a restart.
pub async fn decoy(
    connection: &mut PgConnection,
    candidate: &[u8; 32],
) -> Result<Vec<u8>, StoreError> {
    const FIND: &str = "select value from router_secret where name = 'decoy'";
    // Looked for first: a router over a standby can only read.
    let found = sqlx::query_scalar(FIND).fetch_optional(&mut *connection).await?;
    if let Some(value) = found {
        return Ok(value);
    }
    sqlx::query(
        "insert into router_secret (name, value) values ('decoy', $1) on conflict do nothing",
    )
    .bind(candidate.as_slice())
    .execute(&mut *connection)
    .await?;
    Ok(sqlx::query_scalar(FIND).fetch_one(connection).await?)
}
