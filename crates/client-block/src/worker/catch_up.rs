//! Catch-up: finishes what could not be done at once. Claims a batch in one short statement,
//! drives each operation one step, pauses. Several workers may run: claims are skipped, not waited
//! for, and lapse if their worker dies.

use common::Guards;
use common::block::catching_up::runs;
use futures_util::StreamExt as _;
use futures_util::stream;
use platform::Failure;

use crate::app::operations::drive::drive;
use crate::block::Block;
use crate::config::ms;
use crate::store;
use crate::store::token::Claimed;

/// Works until the process stops. A database that is away is waited for.
pub(super) async fn run(block: Block) {
    loop {
        let outlived = block.register.is_outlived();
        if !runs(block.upkeep.phase(), outlived, Guards::ALL) {
            tokio::time::sleep(ms(block.config.catch_up.pause_ms)).await;
            continue;
        }
        if let Err(error) = round(&block).await {
            tracing::warn!(%error, "catch-up cannot work; trying again");
        }
        tokio::time::sleep(ms(block.config.catch_up.pause_ms)).await;
    }
}

async fn round(block: &Block) -> Result<(), Failure> {
    let limits = &block.config.catch_up;
    let now = block.clock.now();
    let connection = block.db.connection().await?;
    let (all, due) = store::token::counts(&connection, now).await?;
    #[expect(clippy::cast_precision_loss, reason = "a gauge")]
    {
        metrics::gauge!("operations_unfinished").set(all as f64);
        metrics::gauge!("operations_due").set(due as f64);
    }
    let until = now.plus_s(limits.claim_s);
    let me = block.config.service.process.as_str();
    let claimed =
        store::token::claim(&connection, &block.name, me, now, until, limits.batch).await?;
    drop(connection);
    if claimed.is_empty() {
        return Ok(());
    }
    tracing::info!(operations = claimed.len(), "catching up");
    stream::iter(claimed)
        .for_each_concurrent(limits.at_once, |token| async move { one(block, token).await })
        .await;
    Ok(())
}

async fn one(block: &Block, token: Claimed) {
    let id = token.operation;
    if let Err(error) = step(block, &token).await {
        // The claim lapses and the operation comes up again.
        tracing::warn!(operation = %id, %error, "a step of catch-up failed");
    }
}

async fn step(block: &Block, token: &Claimed) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let found = store::operation::find(&connection, &token.scope, token.operation).await?;
    drop(connection);
    let vanished = || Failure::Broken("a token without its operation".to_owned());
    let operation = found.ok_or_else(vanished)?;
    drive(block, token, operation, ms(block.config.gateway.catch_up_ms)).await?;
    Ok(())
}
