//! The gateway's own tasks: supervised, safe to interrupt, several gateways may run them at once.

mod cash_sweep;
mod check;
mod rates;
mod resolver;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use platform::failure::chain;
use platform::{Failure, Tasks};

use super::app::Gateway;

/// Starts them all.
pub fn start(gateway: &Arc<Gateway>, tasks: &Tasks) {
    let bounds = &gateway.bounds;
    every(gateway, tasks, "resolver", bounds.resolver_tick_ms, resolver::round);
    every(gateway, tasks, "cash-sweep", bounds.cash_sweep_ms, cash_sweep::round);
    every(gateway, tasks, "rates", bounds.rates_move_ms, rates::round);
    check::start(gateway, tasks);
}

/// Runs `round` again and again with a pause between; a round that fails is logged and not made up
/// for: the next one finds what it left.
fn every<F, W>(gateway: &Arc<Gateway>, tasks: &Tasks, name: &'static str, pause_ms: u64, round: F)
where
    F: Fn(Arc<Gateway>) -> W + Copy + Send + Sync + 'static,
    W: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let gateway = gateway.clone();
    tasks.supervise(name, move || {
        let gateway = gateway.clone();
        async move {
            loop {
                if let Err(failure) = round(gateway.clone()).await {
                    tracing::warn!(task = name, error = chain(&failure), "a round failed");
                }
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
        }
    });
}
