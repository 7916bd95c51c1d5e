//! Reads the archive's register every second: the safety net under the pushes.

use std::sync::Arc;
use std::time::Duration;

use platform::failure::chain;

use crate::app::register;
use crate::shared::Shared;

/// Reads until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let poll = Duration::from_millis(shared.config.register.poll_ms);
    let within = Duration::from_millis(shared.config.register.timeout_ms);
    let mut failing = false;
    loop {
        match register::read(&shared, within).await {
            Ok(()) => failing = false,
            Err(failure) => {
                if !failing {
                    let error = chain(&failure);
                    tracing::warn!(error, "the archive's register cannot be read now");
                }
                failing = true;
            }
        }
        tokio::time::sleep(poll).await;
    }
}
