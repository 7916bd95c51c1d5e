//! Small continuous cleaning instead of nightly batches: what has expired is forgotten, a bounded
//! number of rows at a time.

use std::time::Duration;

use platform::Failure;

use crate::app::foreign;
use crate::block::Block;
use crate::store;

const EVERY: Duration = Duration::from_secs(30);
/// Rows a statement removes at most.
const MOST: i64 = 5_000;
/// Ended sessions are kept this long, in seconds: they answer questions about the recent past.
const SESSIONS_KEPT_S: i64 = 30 * 24 * 3_600;

/// Verdicts on loosenings are kept this long, in seconds: the archive has them for good.
const VERDICTS_KEPT_S: i64 = 7 * 24 * 3_600;

/// Cleans until the process stops.
pub(super) async fn run(block: Block) {
    loop {
        if let Err(error) = once(&block).await {
            tracing::warn!(%error, "cleaning failed; trying again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn once(block: &Block) -> Result<(), Failure> {
    let now = block.clock.now();
    let connection = block.db.connection().await?;
    store::ticket::forget(&connection, now, MOST).await?;
    store::challenge::forget(&connection, now, MOST).await?;
    store::loosening::forget(&connection, now.plus_s(-VERDICTS_KEPT_S), MOST).await?;
    store::session::forget(&connection, now.plus_s(-SESSIONS_KEPT_S), MOST).await?;
    drop(connection);
    if block.archive.is_some() {
        foreign::round(block).await?;
    }
    Ok(())
}
