//! A new life of the database takes a generation of its own for what an earlier one owned, from the
//! archive, before it does anything with it (protocol §2).

use std::collections::BTreeMap;

use common::block::start::claims;
use common::incarnation::Identity;
use common::placement::moves::Step;
use common::wire::archive::{StepRequest, Stepped, Who};
use common::{BlockName, Revision, SliceId};
use platform::Failure;
use platform::rpc::Request;

use super::archive;
use crate::app::gate;
use crate::block::Block;
use crate::config::ms;
use crate::store;
use crate::store::life::Life;

/// Claims what has yet to be claimed; nothing in a life that goes on.
pub async fn claim(block: &Block) -> Result<(), Failure> {
    let Some(peer) = &block.archive else { return Ok(()) };
    let connection = block.db.connection().await?;
    let life = store::life::seen(&connection).await?;
    let Some(life) = life.filter(Life::may_claim) else {
        return Ok(());
    };
    let rows = store::placement::all(&connection).await?;
    drop(connection);
    let own = (&block.name, &life.incarnation);
    let read = block.upkeep.known().register_read;
    let mut homes: BTreeMap<BlockName, Vec<(SliceId, Revision)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| claims(row, own, Identity::New, read)) {
        homes.entry(row.home.clone()).or_default().push((row.slice, row.revision));
    }
    for (home, slices) in homes {
        tracing::info!(%home, slices = slices.len(), "claiming under the database's new life");
        let request = StepRequest {
            move_id: None,
            order: None,
            home,
            slices,
            whole: Vec::new(),
            step: Step::Claim,
            asker: Some(life.incarnation),
            deadline: None,
            each: true,
            reason: "a new life of the database".to_owned(),
            decided_by: Who::Block,
            approval: None,
        };
        let within = ms(block.config.archive.question_ms);
        // Repeating it is harmless: the revision refuses it.
        let request = Request::post_with_id("/v1/moves", &request);
        let stepped: Stepped = peer.call(request, within).await?;
        if archive::heard(block, &stepped.life).await? {
            let rows: Vec<_> = stepped.outcomes.into_iter().map(|outcome| outcome.row).collect();
            gate::adopt_rows(block, &rows).await?;
        }
    }
    Ok(())
}
