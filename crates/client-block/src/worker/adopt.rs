//! Loads the customers of slices that became ours, and settles what came back to its home.

use crate::app::load::absent::{self, Complete};
use crate::app::load::settle;
use crate::block::Block;
use crate::config::ms;
use common::block::start::serves;

/// Works until the process stops.
pub(super) async fn run(block: Block) {
    let mut complete = Complete::default();
    loop {
        if serves(block.upkeep.phase()) {
            if let Err(error) = absent::round(&block, &mut complete).await {
                tracing::info!(%error, "customers cannot be loaded in the background");
            }
            if let Err(error) = settle::round(&block, &complete).await {
                tracing::info!(%error, "what came back cannot be settled");
            }
        }
        tokio::time::sleep(ms(block.config.loading.pause_ms)).await;
    }
}

/// Fences those who were loaded while the gateway was away, until the process stops.
pub(super) async fn fence(block: Block) {
    loop {
        if let Err(error) = absent::fence(&block).await {
            tracing::info!(%error, "a customer cannot be fenced");
        }
        tokio::time::sleep(ms(block.config.loading.pause_ms)).await;
    }
}
