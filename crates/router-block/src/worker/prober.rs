//! Asks each guest block every second whether it is ready, so that no visitor is sent to one that
//! is dead.

use std::sync::Arc;
use std::time::Duration;

use common::BlockName;
use futures_util::future::join_all;
use platform::rpc::Request;
use serde::de::IgnoredAny;

use crate::shared::Shared;

/// Probes until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let mut every = tokio::time::interval(Duration::from_millis(shared.config.guests.every_ms));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        join_all(shared.guests.names().iter().map(|name| probe(&shared, name))).await;
    }
}

async fn probe(shared: &Shared, name: &BlockName) {
    let Some(block) = shared.blocks.get(name) else {
        return;
    };
    let within = Duration::from_millis(shared.config.guests.timeout_ms);
    let answer: Result<IgnoredAny, _> = block.peer.call(Request::get("/readyz"), within).await;
    let answers = answer.is_ok();
    if shared.guests.note(name, answers) {
        tracing::info!(block = %name, answers, "a guest block changed");
    }
}
