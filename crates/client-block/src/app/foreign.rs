//! Removes the copies of customers of another home once their slice has rested there for long
//! enough (protocol §7). Whoever comes back is loaded from the archive again.

use common::block::foreign::{Resting, removable};
use common::placement::Placement;
use platform::Failure;

use crate::block::{Block, Scope};
use crate::store;
use crate::store::{foreign, joining};

/// The archive has answered lately if it did within this.
const LATELY_MS: i64 = 60_000;

/// Removes some of them; says how many.
pub async fn round(block: &Block) -> Result<u64, Failure> {
    let connection = block.db.connection().await?;
    let rows = store::placement::all(&connection).await?;
    drop(connection);
    let (mut removed, mut left) = (0, block.config.background.foreign_batch);
    for row in rows.iter().filter(|row| row.home != block.name && row.owner != block.name) {
        if left <= 0 {
            break;
        }
        if !may_go(block, row).await? {
            continue;
        }
        let connection = block.db.connection().await?;
        let slice = (&row.home, row.slice);
        let copies = foreign::copies(&connection, slice, left).await?;
        drop(connection);
        for scope in &copies {
            removed += u64::from(remove(block, scope, row).await?);
            left -= 1;
        }
    }
    if removed > 0 {
        tracing::info!(customers = removed, "copies of foreign customers were removed");
        metrics::counter!("foreign_copies_removed_total").increment(removed);
    }
    Ok(removed)
}

async fn may_go(block: &Block, row: &Placement) -> Result<bool, Failure> {
    let known = block.upkeep.known();
    let connection = block.db.connection().await?;
    let Some(life) = store::life::seen(&connection).await? else { return Ok(false) };
    let resting = Resting {
        for_ms: foreign::rests_for_ms(&connection, (&row.home, row.slice)).await?,
        register_read: known.register_read && known.archive_silent_ms < LATELY_MS,
        oldest_unsent_ms: store::outbox::oldest_unsent_ms(&connection, life.acknowledged).await?,
    };
    let kept_ms = block.config.background.foreign_kept_s.saturating_mul(1_000);
    Ok(removable(row, &block.name, resting, kept_ms))
}

/// Behind the gate, and only if the row is still the one that was looked at.
async fn remove(block: &Block, scope: &Scope, seen: &Placement) -> Result<bool, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let standing = store::placement::enter_gate(&tx, scope).await?;
    joining::lock(&tx, scope).await?;
    if standing.row.as_ref() != Some(seen) {
        return Ok(false);
    }
    foreign::remove(&tx, scope).await?;
    tx.commit().await?;
    Ok(true)
}
