//! The life of a process: logs, configuration, build, listen, run until told, drain, stop.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::chain;
use crate::tasks::Tasks;
use crate::telemetry;

/// Exit code for a configuration that cannot be used (`EX_CONFIG`).
const EXIT_CONFIG: u8 = 78;

/// An error that ends a process before or while it runs.
pub type Fatal = Box<dyn std::error::Error + Send + Sync>;

/// Runs a command of a service to its end and gives the process's exit code. What went wrong is
/// said in one line with its causes.
pub fn run_command(work: impl Future<Output = Result<(), Fatal>>) -> ExitCode {
    telemetry::init_logs();
    telemetry::init_metrics();
    // With one core there is nobody to share work with, and not trying to is quicker.
    let alone = std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1);
    let mut builder = if alone {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the runtime cannot be started");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(error.as_ref()), "stopping");
            let config = error.downcast_ref::<crate::config::ConfigError>().is_some();
            if config { ExitCode::from(EXIT_CONFIG) } else { ExitCode::FAILURE }
        }
    }
}

/// Keeps the measurements in order until SIGTERM or SIGINT, then stops `tasks` in at most `drain`
/// and one second.
pub async fn run_until_stopped(tasks: &Tasks, drain: Duration) -> Result<(), Fatal> {
    tasks.supervise("measurements", telemetry::keep_metrics);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("told to stop; draining");
    if !tasks.stop(drain + Duration::from_secs(1)).await {
        tracing::warn!("some tasks did not end in time");
    }
    Ok(())
}
