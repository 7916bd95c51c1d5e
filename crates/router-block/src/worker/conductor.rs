//! Goes on with moves: reads their records twice a second, and at once when something changes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use platform::failure::chain;

use crate::app::moves::conduct;
use crate::shared::Shared;

/// Conducts until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let poll = Duration::from_millis(shared.config.conduct.poll_ms);
    let mut failing = false;
    loop {
        match conduct::read_records(&shared).await {
            Ok(()) => failing = false,
            Err(failure) => {
                if !failing {
                    let error = chain(&failure);
                    tracing::warn!(error, "the records of moves cannot be read now");
                }
                failing = true;
            }
        }
        // Slices of different moves do not wait for each other.
        let running = shared.conducting.running();
        if shared.conducts() {
            join_all(running.iter().map(|followed| conduct::go_on(&shared, followed))).await;
        }
        tokio::select! {
            () = tokio::time::sleep(poll) => {}
            () = shared.conducting.woken() => {}
        }
    }
}
