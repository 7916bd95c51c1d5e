//! The home says so once it has joined everybody of a slice that came back (protocol §3, *return*).

use std::collections::BTreeMap;

use common::block::start::settles;
use common::placement::moves::Step;
use common::placement::{Placement, PlacementState};
use common::wire::archive::{StepRequest, Stepped, Who};
use common::{BlockName, Revision, SliceId};
use platform::Failure;

use super::absent::Complete;
use super::archive;
use crate::app::gate;
use crate::block::Block;
use crate::store;
use crate::store::joining;

/// Proposes to settle what is ready for it.
pub async fn round(block: &Block, complete: &Complete) -> Result<(), Failure> {
    let known = block.upkeep.known();
    let connection = block.db.connection().await?;
    let rows = store::placement::all(&connection).await?;
    let mut homes: BTreeMap<BlockName, Vec<(SliceId, Revision)>> = BTreeMap::new();
    // The customers of a slice are counted only where that can settle it.
    let returns = |row: &&Placement| row.state == PlacementState::Returning && complete.has(row);
    for row in rows.iter().filter(returns) {
        let loaded = joining::loads_of(&connection, (&row.home, row.slice)).await?;
        if settles(row, &block.name, known.phase, known.followed, loaded) {
            homes.entry(row.home.clone()).or_default().push((row.slice, row.revision));
        }
    }
    drop(connection);
    for (home, slices) in homes {
        tracing::info!(%home, slices = slices.len(), "everything is joined: settling");
        let request = StepRequest {
            move_id: None,
            order: None,
            home,
            slices,
            step: Step::Settle,
            asker: Some(archive::stream(block).await?.incarnation),
            deadline: None,
            each: true,
            whole: Vec::new(),
            reason: "everything is joined".to_owned(),
            decided_by: Who::Block,
            approval: None,
        };
        // Repeating it is harmless: the revision refuses it.
        let stepped: Stepped = archive::ask(block, "/v1/moves", &request).await?;
        let rows: Vec<_> = stepped.outcomes.into_iter().map(|outcome| outcome.row).collect();
        gate::adopt_rows(block, &rows).await?;
    }
    Ok(())
}
