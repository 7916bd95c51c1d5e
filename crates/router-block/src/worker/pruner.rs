//! Removes old changes from the feed, a bounded number at a time.

use std::sync::Arc;
use std::time::Duration;

use platform::Failure;
use platform::failure::chain;

use crate::shared::Shared;
use crate::store::changes;

/// Prunes until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let rest = Duration::from_millis(shared.config.feed.prune_every_ms);
    loop {
        if shared.ready.is_set()
            && shared.leads()
            && let Err(failure) = round(&shared).await
        {
            tracing::warn!(error = chain(&failure), "the feed cannot be pruned now");
        }
        tokio::time::sleep(rest).await;
    }
}

/// Removes what is too old; ends when a piece was not full.
pub async fn round(shared: &Shared) -> Result<(), Failure> {
    let feed = &shared.config.feed;
    loop {
        let mut connection = shared.db.acquire().await?;
        let removed = changes::prune(&mut connection, feed.keep_hours, feed.prune_batch).await?;
        drop(connection);
        if removed < u64::from(feed.prune_batch) {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}
