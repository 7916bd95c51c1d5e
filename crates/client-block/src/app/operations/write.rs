//! Writing an operation down: the row and its line in the outbox, always together (I6).

use common::{Generation, Timestamp};
use platform::Failure;
use platform::pg::Transaction;

use crate::app::entities;
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

/// The same for what the customer has said just now: he is answered according to whether the
/// archive has that.
pub(super) async fn said(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    operation: &mut Operation,
    now: Timestamp,
) -> Result<(), Failure> {
    operation.version += 1;
    operation.generation = generation;
    operation.updated_at = now;
    begun(tx, scope, generation, operation).await
}

/// The line in the outbox of an operation whose row is there, and which the customer asks about.
pub(super) async fn begun(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    operation: &mut Operation,
) -> Result<(), Failure> {
    let entity = entity(generation, operation);
    operation.line = Some(store::outbox::write_line(tx, scope, generation, &entity).await?);
    Ok(store::operation::update(tx, scope, operation).await?)
}

/// The line in the outbox.
async fn tell(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    operation: &Operation,
) -> Result<(), Failure> {
    Ok(store::outbox::write(tx, scope, generation, &entity(generation, operation)).await?)
}

/// An operation as the archive will hold it.
pub(super) fn entity(generation: Generation, operation: &Operation) -> Entity {
    entities::operation(generation, operation)
}
