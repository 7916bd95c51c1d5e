//! Saves rows that memory has learned and the database has not, so that a restart without the
//! archive finds them. A router over a standby cannot write: there it waits until the rows have
//! come from the primary.

use std::sync::Arc;
use std::time::Duration;

use platform::Failure;
use platform::failure::chain;

use crate::archive::Archive;
use crate::shared::Shared;
use crate::store::placements;

/// Saves until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let rest = Duration::from_millis(shared.config.register.save_rest_ms);
    let mut failing = false;
    loop {
        shared.unsaved.notified().await;
        while let Err(failure) = save(&shared).await {
            if !failing {
                let error = chain(&failure);
                tracing::warn!(error, "rows of the register cannot be saved now");
            }
            failing = true;
            tokio::time::sleep(rest).await;
        }
        failing = false;
    }
}

async fn save(shared: &Shared) -> Result<(), Failure> {
    if !shared.ready.is_set() {
        return Err(Failure::Broken("the copy has yet to be loaded".to_owned()));
    }
    let life = shared.archive.as_ref().and_then(Archive::life);
    let mut tx = shared.db.begin().await?;
    placements::lock(&mut tx).await?;
    let saved = placements::all(&mut tx).await?;
    for row in shared.register.rows() {
        let same = |known: &&_| {
            let known: &common::placement::Placement = known;
            known.home == row.home && known.slice == row.slice
        };
        let known = saved.iter().find(same);
        if known.is_none_or(|known| known.revision < row.revision) {
            placements::put(&mut tx, &row).await?;
        }
    }
    if let Some(life) = life
        && placements::life(&mut tx).await? != Some(life)
    {
        placements::put_life(&mut tx, life).await?;
    }
    tx.commit().await?;
    Ok(())
}
