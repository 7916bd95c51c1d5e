//! Readiness of the process: every system is in the mode in which it was left. What the modes are
//! does not matter: a system that is down on purpose is no reason to restart its simulator.

use std::time::Duration;

use platform::Tasks;
use platform::http::Ready;

use crate::systems::running::Systems;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Sets `ready` once, when all systems have settled; clears it when the process stops.
pub(in crate::systems) fn start(systems: Systems, ready: Ready, tasks: &Tasks) {
    let stop = tasks.stop_signal();
    tasks.spawn("ready", async move {
        while !stop.is_cancelled() && !systems.settled(LOOK_EVERY).await {
            tracing::debug!("not all systems have settled");
        }
        ready.set(!stop.is_cancelled());
        stop.cancelled().await;
        ready.set(false);
    });
}
