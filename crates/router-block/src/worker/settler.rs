//! Goes on telling home blocks and the payee directory what they could not be told at once.
//!
//! Its pace is bounded per look and per moment (A11), and each customer who could not be told
//! waits twice as long as before, so that a block that comes back is not overrun.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use platform::Failure;
use platform::failure::chain;

use crate::app::tell;
use crate::shared::Shared;
use crate::store::settling;

/// Settles until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let poll = Duration::from_millis(shared.config.settle.poll_ms);
    let mut failing = false;
    loop {
        tokio::time::sleep(poll).await;
        if !shared.ready.is_set() || !shared.leads() {
            continue;
        }
        match round(&shared).await {
            Ok(()) => failing = false,
            Err(failure) if !failing => {
                let error = chain(&failure);
                tracing::warn!(error, "the settler cannot work now");
                failing = true;
            }
            Err(_) => {}
        }
    }
}

async fn round(shared: &Shared) -> Result<(), Failure> {
    let mut connection = shared.db.acquire().await?;
    let due = settling::due(&mut connection, shared.config.settle.batch).await?;
    drop(connection);
    let mut told = stream::iter(due)
        .map(|id| tell::settle_again(shared, id))
        .buffer_unordered(shared.config.settle.parallel);
    let mut first_failure = Ok(());
    while let Some(done) = told.next().await {
        first_failure = first_failure.and(done);
    }
    first_failure
}
