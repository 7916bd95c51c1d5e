//! The archive's own tasks: supervised, safe to interrupt, and several processes may run them at
//! once.

use std::sync::Arc;
use std::time::Duration;

use platform::failure::chain;
use platform::{Failure, Tasks};

use crate::app;
use crate::archive::Archive;

/// Starts them all.
pub fn start(archive: &Arc<Archive>, tasks: &Tasks) {
    let archive = archive.clone();
    tasks.supervise("partitions", move || keep_partitions(archive.clone()));
}

/// A round that fails is logged and not made up for: the next one finds what it left.
async fn keep_partitions(archive: Arc<Archive>) {
    loop {
        if let Err(failure) = partitions(&archive).await {
            tracing::warn!(error = chain(&failure), "the log's partitions cannot be kept");
        }
        tokio::time::sleep(Duration::from_millis(archive.bounds.partitions_ms)).await;
    }
}

async fn partitions(archive: &Archive) -> Result<(), Failure> {
    let connection = archive.own.connection().await?;
    app::partitions::ensure(archive, &connection).await
}
