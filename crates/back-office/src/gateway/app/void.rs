//! VOID (protocol §5): let an operation never be executed, unless it was already. Fence included,
//! so that a thief at a superseded block cannot cancel.

use common::Guards;
use common::gateway::decide::{self, VoidStep};
use common::gateway::{Answer, Void};
use platform::Failure;

use super::Gateway;
use crate::gateway::store::fence;
use crate::gateway::store::records::{self, NewRecord};

/// Either the cancellation wins or the execution; the answer says which.
pub async fn void(gateway: &Gateway, request: &Void) -> Result<Answer, Failure> {
    match attempt(gateway, request).await {
        // An EXECUTE under this id was first; now it is known.
        Err(Failure::Store(error)) if error.constraint() == Some(records::ONCE_PER_ID) => {
            attempt(gateway, request).await
        }
        other => other,
    }
}

async fn attempt(gateway: &Gateway, request: &Void) -> Result<Answer, Failure> {
    let mut connection = gateway.db.connection().await?;
    let transaction = connection.transaction().await?;
    let fence = fence::lock(&transaction, request.customer_id).await?;
    let known = records::find(&transaction, request.operation_id).await?;
    let now = gateway.clock.now();
    let outcome = match decide::void(known.as_ref(), Some(fence), request, now, Guards::ALL) {
        VoidStep::Answer(answer) => return Ok(answer),
        VoidStep::Store(outcome) => outcome,
    };
    fence::raise(&transaction, request.customer_id, request.generation).await?;
    let record = NewRecord {
        operation_id: request.operation_id,
        customer_id: request.customer_id,
        intent_hash: request.intent_hash,
        generation: request.generation,
        intent: None,
        kind: None,
        outcome: Some(&outcome),
        entry_count: 0,
        now,
    };
    records::insert(&transaction, &record).await?;
    transaction.commit().await?;
    tracing::debug!(operation = %request.operation_id, cause = ?request.cause, "voided");
    Ok(Answer::Outcome(outcome))
}
