//! Keeps the copy of the register in memory close to the database's.

use crate::app::register::reload;
use crate::block::Block;
use crate::config::ms;

/// Reads it again and again; a change by another process is seen within the interval.
pub(super) async fn follow(block: Block) {
    loop {
        if let Err(error) = reload(&block).await {
            tracing::warn!(%error, "the register's copy cannot be read; going on with the last");
        }
        tokio::time::sleep(ms(block.config.register.reload_ms)).await;
    }
}
