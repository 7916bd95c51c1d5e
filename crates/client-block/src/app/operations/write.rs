//! Writing an operation down: the row and its line in the outbox, always together (I6).

use common::{Generation, Timestamp, order_key};
use platform::Failure;
use platform::pg::Transaction;
use serde_json::json;

use crate::block::Scope;
use crate::store;
use crate::store::operation::Operation;
use crate::store::outbox::Entity;

/// Stores what has changed in an operation that the caller holds locked, under `generation`.
pub(super) async fn changed(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    operation: &mut Operation,
    now: Timestamp,
) -> Result<(), Failure> {
    operation.version += 1;
    operation.generation = generation;
    operation.updated_at = now;
    store::operation::update(tx, scope, operation).await?;
    tell(tx, scope, generation, operation).await
}

/// The line in the outbox.
pub(super) async fn tell(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    operation: &Operation,
) -> Result<(), Failure> {
    Ok(store::outbox::write(tx, scope, generation, &entity(generation, operation)).await?)
}

/// An operation as the archive will hold it.
pub(super) fn entity(generation: Generation, operation: &Operation) -> Entity {
    let version = u64::try_from(operation.version).unwrap_or(0);
    Entity {
        kind: "operation",
        id: operation.id.to_string(),
        order_key: order_key::operation(operation.state, generation, version),
        open: !operation.state.is_final(),
        final_: operation.state.is_final(),
        payload: json!({
            "kind": operation.kind,
            "intent": operation.intent,
            "intent_hash": operation.intent_hash,
            "state": operation.state,
            "valid_until": operation.valid_until,
            "created_at": operation.created_at,
            "confirm_by": operation.confirm_by,
            "outcome": operation.outcome,
            "cancel_requested": operation.cancel_requested,
            "parked": operation.parked,
        }),
    }
}
