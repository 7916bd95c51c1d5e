//! Automatic failover: looks at the evidence ten times a second (protocol §3, I14).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::app::failover;
use crate::shared::Shared;

/// Decides until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let every = Duration::from_millis(shared.config.automation.every_ms.max(1));
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if shared.conducts() {
            failover::look(&shared).await;
        }
    }
}
