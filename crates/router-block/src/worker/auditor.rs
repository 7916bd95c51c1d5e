//! Writes what administrators did while the database took nothing.

use std::sync::Arc;
use std::time::Duration;

use platform::failure::chain;

use crate::app::audit;
use crate::shared::Shared;

/// Writes until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let rest = Duration::from_millis(shared.config.ops.audit_retry_ms);
    loop {
        tokio::time::sleep(rest).await;
        if let Err(failure) = audit::write(&shared).await {
            tracing::debug!(error = chain(&failure), "the audit still waits for the database");
        }
    }
}
