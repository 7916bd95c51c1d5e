//! The customer cancels: either the cancellation wins or the execution, and the back office says
//! which (VOID). While it is away the wish is kept and every worker sends it.

use common::OperationId;
use common::problem::Code;
use platform::Failure;
use tokio::time::Instant;

use super::drive::{claim, drive_now};
use super::read::OperationView;
use super::write;
use crate::app::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store;

/// Asks for an operation to be cancelled and gives its present state.
pub async fn cancel(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
) -> Result<OperationView, Failure> {
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let operation = store::operation::lock(&tx, &who.scope, id).await?;
    let mut operation = operation.ok_or(Code::OperationUnknown)?;
    if operation.state.is_final() {
        return Err(Code::OperationNotCancellable.into());
    }
    if !operation.marks.cancel_requested || operation.marks.questioned() {
        operation.marks = operation.marks.cancelled(generation);
        write::said(&tx, &who.scope, generation, &mut operation, now).await?;
        store::token::make_due(&tx, &who.scope, id, now).await?;
    }
    let claimed = claim(block, &tx, &who.scope, id, now).await?;
    tx.commit().await?;
    let stored_at = Instant::now();
    drop(connection);
    let operation = drive_now(block, claimed, operation).await;
    Ok(OperationView::secured(block, &operation, stored_at).await)
}
