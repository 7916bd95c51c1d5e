//! Whether the server waits for its synchronous standby.

use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};

/// Does a commit wait for a standby?
pub async fn waits(db: &impl Sql) -> Result<bool, StoreError> {
    let sql = "select current_setting('synchronous_standby_names') <> '' as waits";
    Ok(db.row(sql, &[]).await?.get("waits"))
}

/// This transaction does not wait for a standby.
pub async fn commit_locally(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.batch_execute("set local synchronous_commit = local").await?;
    Ok(())
}

/// From now on commits wait for the standby that the server was set up with, or for none. Commits
/// that wait already are let go with it. Returns once this connection has learned of it.
pub async fn wait(db: &impl GenericClient, waits: bool) -> Result<(), StoreError> {
    let sql = if waits {
        "alter system reset synchronous_standby_names"
    } else {
        "alter system set synchronous_standby_names = ''"
    };
    db.batch_execute(sql).await?;
    db.batch_execute("select pg_reload_conf()").await?;
    Ok(())
}
