//! The relay's task: ships the outbox, looking at once when somebody waits, often while there is
//! something and seldom otherwise, and gives a sign of life where there is nothing to ship.

use std::time::Duration;

use platform::Failure;
use tokio::time::Instant;

use crate::app::streams::relay::{Round, round};
use crate::block::Block;
use crate::config::ms;
use crate::store;

/// For so long after something was found the relay looks often: shorter than signs of life are
/// apart, so that a block where nothing happens is not busy.
const BUSY: Duration = Duration::from_millis(200);
/// A failed round is followed by a rest, so that an archive that is away is not stormed.
const AFTER_FAILURE: Duration = Duration::from_millis(250);
/// A fork is said again this often.
const FORKED: Duration = Duration::from_mins(1);

/// Ships until the process stops.
pub(super) async fn run(block: Block) {
    let limits = &block.config.archive;
    let mut found = Instant::now();
    loop {
        let rest = match round(&block).await {
            Ok(Round::Sent) => {
                found = Instant::now();
                continue;
            }
            Ok(Round::Rest) if found.elapsed() < BUSY => ms(limits.busy_ms),
            Ok(Round::Rest) => ms(limits.idle_ms),
            Ok(Round::Forked) => FORKED,
            Err(error) => {
                tracing::info!(%error, "the relay could not ship; trying again");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = block.upkeep.shipping_wanted(), if rest < FORKED => {}
        }
    }
}

/// Gives signs of life until the process stops.
pub(super) async fn beat(block: Block) {
    let every = Duration::from_millis(block.config.archive.heartbeat_ms.unsigned_abs());
    loop {
        tokio::time::sleep(every).await;
        if let Err(error) = sign_of_life(&block).await {
            tracing::debug!(%error, "no sign of life could be written");
        }
    }
}

async fn sign_of_life(block: &Block) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let me = (&block.name, common::SliceId::all().next());
    let (home, Some(slice)) = me else { return Ok(()) };
    let quiet_ms = block.config.archive.heartbeat_ms;
    if store::outbox::beat(&connection, (home, slice), quiet_ms).await? {
        block.upkeep.ship();
    }
    Ok(())
}
