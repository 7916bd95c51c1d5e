//! Logs and metrics.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Starts logging to standard output: one line an event. `BULKHEAD_LOG` filters (as
/// `info,client_block=debug`), `BULKHEAD_LOG_FORMAT=json` gives JSON.
pub fn init_logs() {
    let filter = EnvFilter::try_from_env("BULKHEAD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let json = std::env::var("BULKHEAD_LOG_FORMAT").is_ok_and(|format| format == "json");
    let done = if json { builder.json().try_init() } else { builder.try_init() };
    // A second call (tests start several services in one process) keeps the first logger.
    drop(done);
}

/// The process's metrics, in Prometheus' text format.
pub fn render_metrics() -> String {
    metrics_handle().map_or_else(String::new, |handle| {
        handle.run_upkeep();
        handle.render()
    })
}

/// Makes the process's metrics visible; safe to call more than once.
pub fn init_metrics() {
    metrics_handle();
}

/// How often measurements are put into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Puts measurements into their buckets, for ever: until then each takes memory of its own, and
/// nobody may ever ask for them.
pub async fn keep_metrics() {
    loop {
        tokio::time::sleep(UPKEEP).await;
        if let Some(handle) = metrics_handle() {
            handle.run_upkeep();
        }
    }
}

/// Upper bounds of the latency histograms, in seconds.
const SECONDS: [f64; 14] =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0];

fn metrics_handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|error| tracing::error!(%error, "metrics are not available"))
            .ok()
    });
    handle.as_ref()
}
