//! Background tasks with a name and an end. An untracked task is a bug: nobody would stop it,
//! restart it or notice that it is gone.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks of a process, and the signal that ends them.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// How long a supervised task rests before it is started again.
const RESTART_REST: Duration = Duration::from_secs(1);

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the process is to stop.
    pub fn stop_signal(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs `work` once, to its end; it watches the stop signal itself where that matters.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(async move {
            work.await;
            tracing::debug!(task = name, "task ended");
        });
    }

    /// Runs `work` until the process stops: when it ends or panics, it is started again after a
    /// rest. It is dropped at the stop signal, so it must be safe to interrupt at any `await`.
    pub fn supervise<F, W>(&self, name: &'static str, work: F)
    where
        F: Fn() -> W + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        let tracker = self.tracker.clone();
        self.spawn(name, async move {
            while !stop.is_cancelled() {
                let round = work();
                let child = stop.clone();
                let ended =
                    tracker.spawn(async move { child.run_until_cancelled(round).await }).await;
                if stop.is_cancelled() {
                    break;
                }
                match ended {
                    Ok(_) => tracing::warn!(task = name, "task ended early; starting it again"),
                    Err(error) => tracing::error!(task = name, %error, "task failed; restarting"),
                }
                tokio::select! {
                    () = tokio::time::sleep(RESTART_REST) => {}
                    () = stop.cancelled() => {}
                }
            }
        });
    }

    /// Tells all tasks to stop and waits for them, at most `within`. Says whether all ended.
    pub async fn stop(&self, within: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(within, self.tracker.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_supervised_task_survives_its_panics_and_stops_when_told() {
        let tasks = Tasks::new();
        let rounds = Arc::new(AtomicU32::new(0));
        let counted = rounds.clone();
        tasks.supervise("flaky", move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(n >= 2, "the first rounds fail");
                std::future::pending::<()>().await;
            }
        });
        while rounds.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(tasks.stop(Duration::from_secs(1)).await);
    }
}
