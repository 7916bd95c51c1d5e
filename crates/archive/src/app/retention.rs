//! Drops what of the log is old and needed by nobody (protocol §4): whole days, the oldest first.

use common::Timestamp;
use common::archive::retention::may_drop;
use platform::Failure;

use super::lives::begun;
use crate::archive::Archive;
use crate::store::{event, life, placement};

/// Drops the oldest days. Nothing is dropped while the archive recovers: it does not know who is
/// away.
pub async fn drop_old(archive: &Archive) -> Result<(), Failure> {
    loop {
        let mut connection = archive.own.connection().await?;
        let Some((day, ends)) = event::oldest(&connection).await? else { return Ok(()) };
        let age_ms = archive.now().ms_since(Timestamp::from(ends));
        let keep_ms = archive.bounds.keep_log_s.saturating_mul(1_000);
        if age_ms < keep_ms {
            return Ok(());
        }
        // Alone: nobody is between reading where the log begins and reading it.
        let tx = connection.transaction().await?;
        let found = life::enter_alone(&tx).await?;
        if begun(&found).is_none() || !found.recovered {
            return Ok(());
        }
        let slices = event::slices_of(&tx, day).await?;
        let rows = placement::read(&tx, &slices).await?;
        if !may_drop(age_ms, keep_ms, rows.values()) {
            return Ok(());
        }
        event::drop_partition(&tx, day).await?;
        tx.commit().await?;
        tracing::info!(%day, "a day of the log was dropped");
    }
}
