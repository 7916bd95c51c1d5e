//! The confirmation: the code that was sent for exactly this operation and these terms.

use common::OperationId;
use common::operation::OperationState;
use common::problem::Code;
use platform::Failure;
use tokio::time::Instant;

use super::drive::{claim, drive_now, unfinished};
use super::read::OperationView;
use super::write;
use crate::app::codes::{self, Attempt};
use crate::app::sessions::authenticate::Authenticated;
use crate::app::sessions::prove;
use crate::block::Block;
use crate::store;

/// Confirms an operation and tries to have it done at once. Repeated for one that is confirmed
/// already, it answers the present state.
pub async fn confirm(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
    code: &str,
) -> Result<OperationView, Failure> {
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let operation = store::operation::lock(&tx, &who.scope, id).await?;
    let mut operation = operation.ok_or(Code::OperationUnknown)?;
    if operation.state != OperationState::AwaitingConfirmation {
        return OperationView::now(&tx, &operation).await;
    }
    if !unfinished(&operation, 0).confirmable(now) {
        return Err(Code::OperationNotAwaiting.into());
    }
    // Ordered at another block, which keeps its codes to itself: here he is sent one of ours.
    let kept = store::confirmation::lock(&tx, &who.scope, id).await?;
    let kept = kept.ok_or(Code::CodeExpired)?;
    let (binding, live) = (&operation.intent_hash.0, now < kept.expires_at);
    match codes::judge(id.0, binding, code, &kept.code_hash, kept.attempts_left, live)? {
        Attempt::Right => {}
        Attempt::Wrong { left } => {
            store::confirmation::set_attempts(&tx, id, left).await?;
            if left == 0 {
                // Guessing ends here: the order is withdrawn.
                operation.marks = operation.marks.cancelled(generation);
                write::changed(&tx, &who.scope, generation, &mut operation, now).await?;
                store::token::make_due(&tx, &who.scope, id, now).await?;
            }
            tx.commit().await?;
            return Err(codes::wrong(left));
        }
    }
    operation.state = OperationState::Pending;
    write::said(&tx, &who.scope, generation, &mut operation, now).await?;
    store::confirmation::remove(&tx, id).await?;
    let claimed = claim(block, &tx, &who.scope, id, now).await?;
    let proved = prove::prove(&tx, who, generation).await?;
    tx.commit().await?;
    let stored_at = Instant::now();
    drop(connection);
    prove::told(block, who, proved).await;
    let operation = drive_now(block, claimed, operation).await;
    Ok(OperationView::secured(block, &operation, stored_at).await)
}
