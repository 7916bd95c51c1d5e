//! The customer answers what he is asked about an operation (protocol §5): is it still to be done?
//! His answer names the question as he was shown it, so that one that comes late does not answer
//! what was asked since.

use common::archive::asked::Asked;
use common::block::viewing::may_answer;
use common::join::operation::Marks;
use common::operation::OperationState;
use common::operation::cancelling::UNSEEN;
use common::problem::{Code, Refusal};
use common::{Generation, OperationId};
use platform::Failure;
use tokio::time::Instant;

use super::drive::{claim, drive_now};
use super::read::OperationView;
use super::write;
use crate::app::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::joining;

/// What he says, and to which question.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Do it; otherwise it is cancelled.
    pub yes: bool,
    /// The question about the order as it was shown.
    pub asked: Generation,
    /// The question about its cancellation as it was shown.
    pub cancel_asked: Generation,
}

/// Takes an answer and gives the present state.
pub async fn answer(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
    said: Said,
) -> Result<OperationView, Failure> {
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let operation = store::operation::lock(&tx, &who.scope, id).await?;
    let mut operation = operation.ok_or(Code::OperationUnknown)?;
    if operation.state.is_final() || !operation.marks.questioned() {
        return OperationView::now(&tx, &operation).await;
    }
    let fenced = joining::state(&tx, &who.scope).await?.fenced;
    if !may_answer(said.yes, fenced) {
        let detail = "Whether it was done already cannot be found out right now.";
        let refusal = Refusal::new(Code::NotAvailableNow).detail(detail);
        return Err(refusal.retry_after_ms(5_000).into());
    }
    let shown = Marks {
        asked: Asked { asked: said.asked, ..Asked::default() },
        cancel_asked: Asked { asked: said.cancel_asked, ..Asked::default() },
        ..Marks::default()
    };
    operation.marks = operation.marks.answered(said.yes, &shown);
    // His yes confirms what was known from a wish to cancel only.
    if said.yes && operation.state == UNSEEN && !operation.marks.questioned() {
        operation.state = OperationState::Pending;
    }
    write::said(&tx, &who.scope, generation, &mut operation, now).await?;
    store::token::make_due(&tx, &who.scope, id, now).await?;
    let claimed = claim(block, &tx, &who.scope, id, now).await?;
    tx.commit().await?;
    let stored_at = Instant::now();
    drop(connection);
    let operation = drive_now(block, claimed, operation).await;
    Ok(OperationView::secured(block, &operation, stored_at).await)
}
