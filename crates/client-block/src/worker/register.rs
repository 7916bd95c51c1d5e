//! Keeps the copy of the register in memory close to the database's, and hears what the block's
//! other processes say.

use std::time::Duration;

use platform::Failure;

use crate::app::life::follow_phase;
use crate::app::register::reload;
use crate::app::streams::{ARCHIVED, REGISTER, WAITED_FOR};
use crate::block::Block;
use crate::config::ms;

/// A lost connection for notices is made again after this long.
const LISTEN_AGAIN: Duration = Duration::from_millis(250);

/// Reads it again and again; a change by another process is seen within the interval.
pub(super) async fn follow(block: Block) {
    loop {
        if let Err(error) = look(&block).await {
            tracing::warn!(%error, "the register's copy cannot be read; going on with the last");
        }
        tokio::time::sleep(ms(block.config.register.reload_ms)).await;
    }
}

async fn look(block: &Block) -> Result<(), Failure> {
    reload(block).await?;
    if block.archive.is_some() && !block.upkeep.works() {
        follow_phase(block).await?;
    }
    Ok(())
}

/// Hears at once what other processes say.
pub(super) async fn listen(block: Block) {
    loop {
        if let Err(error) = hear(&block).await {
            tracing::info!(%error, "notices cannot be heard; trying again");
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}

async fn hear(block: &Block) -> Result<(), Failure> {
    let all = [ARCHIVED, REGISTER, WAITED_FOR];
    // Only the worker ships.
    let channels = if block.upkeep.works() { &all[..] } else { &all[..2] };
    let mut notices = block.db.listen(channels).await?;
    // What was said before is missed.
    block.archived.look_again();
    look(block).await?;
    while let Some((channel, text)) = notices.next().await {
        match channel.as_str() {
            ARCHIVED => block.archived.hear(&text),
            WAITED_FOR => block.upkeep.ship(),
            _ => look(block).await?,
        }
    }
    block.archived.look_again();
    Ok(())
}
