//! The end of a recovery: in one transaction, with nobody else within, the rows are set and what
//! was stored unjudged is judged.

use std::collections::BTreeMap;

use common::archive::stream::BatchKey;
use common::incarnation::StreamId;
use common::leading::recovered as recovered_router;
use common::placement::Placement;
use common::placement::recovery::{Recovered, recover};
use common::{BlockName, Generation, Guards, SliceId};
use platform::Failure;
use platform::pg::Transaction;

use super::missing;
use crate::app::batch::{At, apply, arrived};
use crate::app::lives::begun;
use crate::app::moves::records_up_to_date;
use crate::archive::Archive;
use crate::store::placement::Rows;
use crate::store::witness::{self, Testimony};
use crate::store::{automation, batch, block_life, life, load, placement, router};

/// Sets the rows, if the archive recovers and everybody was heard.
pub async fn finish(archive: &Archive) -> Result<(), Failure> {
    let mut connection = archive.own.connection().await?;
    let tx = connection.transaction().await?;
    let found = life::enter_alone(&tx).await?;
    let Some(life) = begun(&found).filter(|_| !found.recovered) else { return Ok(()) };
    let heard = witness::all(&tx, &life).await?;
    if !missing(archive, &heard).is_empty() {
        return Ok(());
    }
    let now = archive.now();
    let set = set_rows(archive, &tx, &heard).await?;
    // It may have forgotten a move that automation took (I14).
    automation::take(&tx, &(now, None)).await?;
    let leading = recovered_router(&router::hold(&tx).await?);
    router::put(&tx, &leading, now).await?;
    life::recovered(&tx, &life, now).await?;
    let judged = judge(archive, &tx).await?;
    records_up_to_date(&tx).await?;
    tx.commit().await?;
    tracing::warn!(%life, rows = set, batches = judged, "the archive has recovered");
    Ok(())
}

/// Every row of which anybody knows. Gives how many.
async fn set_rows(
    archive: &Archive,
    tx: &Transaction<'_>,
    heard: &[Testimony],
) -> Result<usize, Failure> {
    let own = placement::lock_all(tx).await?;
    let fence = heard.iter().filter_map(|testimony| testimony.fence).max().unwrap_or_default();
    let mut copies: BTreeMap<(BlockName, SliceId), Vec<&Placement>> = BTreeMap::new();
    for row in heard.iter().flat_map(|testimony| &testimony.rows).chain(own.values()) {
        copies.entry((row.home.clone(), row.slice)).or_default().push(row);
    }
    let mut set: Vec<Placement> = Vec::new();
    for (place, copies) in copies {
        let Some(row) = recovered(&own, &place, &copies, fence) else { continue };
        let Recovered { row, load: loaded, lives } = row;
        for (block, life) in lives {
            block_life::set(tx, &block, &life, archive.now()).await?;
        }
        if let Some((_, generation)) = loaded {
            load::put_slice(tx, &place, generation).await?;
        }
        set.push(row);
    }
    if !set.is_empty() {
        let version = placement::next_version(tx).await?;
        placement::put(tx, &set.iter().collect::<Vec<_>>(), version, archive.now()).await?;
    }
    Ok(set.len())
}

/// A row that the archive has lost is recovered from the copies alone.
fn recovered(
    own: &Rows,
    place: &(BlockName, SliceId),
    copies: &[&Placement],
    fence: Generation,
) -> Option<Recovered> {
    let own = own.get(place).or_else(|| copies.first().copied())?;
    Some(recover(own, copies, fence, Guards::ALL))
}

/// Judges the batches that came meanwhile, each stream in its order. Gives how many.
async fn judge(archive: &Archive, tx: &Transaction<'_>) -> Result<usize, Failure> {
    let waiting = batch::unjudged(tx).await?;
    let count = waiting.len();
    for waits in waiting {
        let stream: StreamId = waits.stream;
        let key = BatchKey { batch: waits.batch, previous: waits.hash, hash: waits.hash };
        let at = At { stream: &stream, number: waits.number, key };
        let events: Vec<_> = waits.events.iter().map(|text| arrived(text)).collect();
        let applied = apply(archive, tx, at, &events).await?;
        // Nobody else is within, so nobody was quicker.
        let applied = applied.ok_or_else(|| Failure::Broken("a batch was passed".to_owned()))?;
        batch::judged(tx, waits.number, waits.batch, applied.late.as_ref()).await?;
    }
    Ok(count)
}
