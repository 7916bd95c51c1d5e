//! One step: the compare-and-set at the archive, and what follows from it here and at the blocks.

use std::sync::Arc;
use std::time::Duration;

use common::Revision;
use common::placement::Placement;
use common::placement::moves::Refused;
use common::placement::slice::SliceId;
use common::problem::{Code, Refusal};
use common::wire::archive::{StepRequest, Stepped};
use platform::Failure;
use platform::rpc::Request;

use super::{archive, push};
use crate::app::approvals::refused_as;
use crate::app::lead::heed;
use crate::app::register;
use crate::shared::Shared;

/// Proposes a step, learns the rows that come back, and pushes those that were changed.
pub async fn take(shared: &Arc<Shared>, request: &StepRequest) -> Result<Stepped, Failure> {
    let archive = archive(shared)?;
    shared.must_conduct()?;
    let within = Duration::from_millis(shared.config.conduct.timeout_ms);
    // The revision refuses what was done before: a repetition does no harm.
    let call = Request::post_with_id("/v1/moves", request).by_router(shared.leading.generation());
    let stepped: Stepped = match archive.peer.call(call, within).await {
        Ok(stepped) => stepped,
        Err(error) => return Err(refused_as(heed(shared, error).await)),
    };
    if !archive.answers(stepped.life) {
        let refusal = Refusal::new(Code::NotReady);
        return Err(refusal.detail("The archive that answered is in a life that is over.").into());
    }
    let rows: Vec<Placement> = stepped.outcomes.iter().map(|one| one.row.clone()).collect();
    register::learn(shared, Some(stepped.life), &rows)?;
    push::push(shared, &changed(&stepped));
    Ok(stepped)
}

/// The rows that the step has changed.
pub fn changed(stepped: &Stepped) -> Vec<Placement> {
    let taken = stepped.outcomes.iter().filter(|one| stepped.took(one));
    taken.map(|one| one.row.clone()).collect()
}

/// Slices with the revisions that a step is decided on.
pub fn decided_on(rows: &[Placement]) -> Vec<(SliceId, Revision)> {
    rows.iter().map(|row| (row.slice, row.revision)).collect()
}

/// Were all refused slices refused because their SEAL has yet to arrive?
pub fn waits_for_seals(stepped: &Stepped) -> bool {
    let mut refused = stepped.outcomes.iter().filter_map(|one| one.refused).peekable();
    refused.peek().is_some() && refused.all(|why| why == Refused::NotSealed)
}
