//! Follows the archive's changes of the slices that are ours, all the time.

use crate::app::load::follow::{Followed, round};
use crate::block::Block;
use crate::config::ms;

/// Follows until the process stops. An archive that is away is waited for.
pub(super) async fn run(block: Block) {
    loop {
        match round(&block).await {
            Ok(Followed::More) => continue,
            Ok(Followed::All) => block.upkeep.set_followed(true),
            Ok(Followed::Waits) => {}
            Err(error) => tracing::info!(%error, "the archive's changes cannot be followed"),
        }
        tokio::time::sleep(ms(block.config.loading.pause_ms)).await;
    }
}
