//! Follows the archive's changes of the slices that are ours, all the time.

use crate::app::load::follow::{Followed, round};
use crate::block::Block;
use crate::config::ms;

/// Follows until the process stops. An archive that is away is waited for.
pub(super) async fn run(block: Block) {
    loop {
        match round(&block).await {
            Ok(Followed::More(events)) => {
                // A cap on the rate: whoever was away for long does not fall upon the database.
                let per_second = u64::from(block.config.background.adopt_per_second);
                tokio::time::sleep(ms(events.saturating_mul(1_000) / per_second)).await;
                continue;
            }
            Ok(Followed::All) => block.upkeep.set_followed(true),
            Ok(Followed::Waits) => {}
            Err(error) => tracing::info!(%error, "the archive's changes cannot be followed"),
        }
        tokio::time::sleep(ms(block.config.loading.pause_ms)).await;
    }
}
