//! Removes what the archive has acknowledged, once the replay window is over (I7).

use std::time::Duration;

use common::Guards;
use common::block::relay::removable;
use platform::Failure;

use crate::block::Block;
use crate::store;

const EVERY: Duration = Duration::from_secs(30);
/// Batches removed with one commit, at most.
const MOST: i64 = 20;

/// Removes until the process stops.
pub(super) async fn run(block: Block) {
    loop {
        match once(&block).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the outbox cannot be pruned; trying again"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Says whether there may be more.
async fn once(block: &Block) -> Result<bool, Failure> {
    let window_ms = block.config.archive.replay_window_s.saturating_mul(1_000);
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    // Behind this lock nothing is rewound meanwhile.
    let life = store::life::lock(&tx).await?.filter(store::life::Life::is_confirmed);
    let Some(life) = life else { return Ok(false) };
    let old = store::batch::oldest(&tx, life.acknowledged, MOST).await?;
    let may = |(_, acknowledged_at): &&(i64, common::Timestamp)| {
        removable(true, now.ms_since(*acknowledged_at), window_ms, Guards::ALL)
    };
    let batches: Vec<i64> = old.iter().take_while(may).map(|(batch, _)| *batch).collect();
    if batches.is_empty() {
        return Ok(false);
    }
    let lines = store::batch::remove(&tx, &batches).await?;
    tx.commit().await?;
    metrics::counter!("outbox_lines_removed_total").increment(lines);
    Ok(i64::try_from(batches.len()).unwrap_or(0) == MOST)
}
