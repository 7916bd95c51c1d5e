//! The archive's own tasks: supervised, safe to interrupt, and several processes may run them at
//! once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use platform::failure::chain;
use platform::{Failure, Tasks};

use crate::app;
use crate::archive::Archive;

/// Starts them all.
pub fn start(archive: &Arc<Archive>, tasks: &Tasks) {
    let bounds = &archive.bounds;
    every(archive, tasks, "recovery", bounds.recovery_ms, recovery);
    every(archive, tasks, "partitions", bounds.partitions_ms, partitions);
    every(archive, tasks, "retention", bounds.retention_ms, retention);
    every(archive, tasks, "raw events", bounds.retention_ms, raw_events);
}

/// Runs `round` again and again with a pause between; a round that fails is logged and not made up
/// for: the next one finds what it left.
fn every<F, W>(archive: &Arc<Archive>, tasks: &Tasks, name: &'static str, pause_ms: u64, round: F)
where
    F: Fn(Arc<Archive>) -> W + Copy + Send + Sync + 'static,
    W: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let archive = archive.clone();
    tasks.supervise(name, move || {
        let archive = archive.clone();
        async move {
            loop {
                if let Err(failure) = round(archive.clone()).await {
                    tracing::warn!(task = name, error = chain(&failure), "a round failed");
                }
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
        }
    });
}

async fn recovery(archive: Arc<Archive>) -> Result<(), Failure> {
    app::recovery::go_on(&archive).await
}

async fn partitions(archive: Arc<Archive>) -> Result<(), Failure> {
    let connection = archive.own.connection().await?;
    app::partitions::ensure(&archive, &connection).await
}

async fn retention(archive: Arc<Archive>) -> Result<(), Failure> {
    app::retention::drop_old(&archive).await
}

async fn raw_events(archive: Arc<Archive>) -> Result<(), Failure> {
    app::reread::read_on(&archive).await
}
