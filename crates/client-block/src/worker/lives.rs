//! What keeps the worker's process true to the archive: the life of the database, the register,
//! claims, seals, and how far the start has come.

use std::time::Duration;

use platform::Failure;

use crate::app::streams::{claim, register};
use crate::app::{life, seals};
use crate::block::Block;
use crate::config::ms;

/// How often the phase is looked at.
const PHASE: Duration = Duration::from_millis(200);

/// Reads the register again and again, and at once when somebody wants it.
pub(super) async fn register(block: Block) {
    loop {
        if let Err(error) = round(&block).await {
            tracing::info!(%error, "the register could not be read at the archive");
        }
        tokio::select! {
            () = tokio::time::sleep(ms(block.config.archive.register_ms)) => {}
            () = block.upkeep.register_wanted() => {}
        }
    }
}

async fn round(block: &Block) -> Result<(), Failure> {
    // A database that was promoted under us has a new life: nothing else comes before that.
    life::identify_database(block).await?;
    register::read(block).await?;
    claim::claim(block).await
}

/// Says how far the start has come, and takes back SEALs after which nothing has happened.
pub(super) async fn phases(block: Block) {
    loop {
        if let Err(error) = life::note_phase(&block).await {
            tracing::warn!(%error, "the phase could not be noted");
        }
        if let Err(error) = seals::keep(&block).await {
            tracing::warn!(%error, "a seal could not be looked after");
        }
        tokio::time::sleep(PHASE).await;
    }
}
