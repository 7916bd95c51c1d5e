//! Secrets that the routers of a bank share.

use platform::StoreError;
use sqlx::PgConnection;

/// The secret that chooses the blocks of decoys; `candidate` becomes it if there is none yet. It
/// outlives every process: a stranger's block must not change with a restart.
pub async fn decoy(
    connection: &mut PgConnection,
    candidate: &[u8; 32],
) -> Result<Vec<u8>, StoreError> {
    sqlx::query(
        "insert into router_secret (name, value) values ('decoy', $1) on conflict do nothing",
    )
    .bind(candidate.as_slice())
    .execute(&mut *connection)
    .await?;
    let value = sqlx::query_scalar("select value from router_secret where name = 'decoy'")
        .fetch_one(connection)
        .await?;
    Ok(value)
}
