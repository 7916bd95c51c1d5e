//! The customer cancels: either the cancellation wins or the execution, and the back office says
//! which (VOID). While it is away the wish is kept and every worker sends it.
//!
//! What he cancels by its key this block may never have heard of: its order may be held by a server
//! that stands still. Then the wish itself is written down, so that an order that comes late finds
//! it (protocol §2 "A new key", I17).

use common::join::operation::{Marks, Version};
use common::operation::cancelling::{Cancelling, UNSEEN, cancelling};
use common::operation::{Intent, IntentHash, OperationKind};
use common::problem::{Code, Refusal};
use common::{CustomerId, Generation, Guards, OperationId, Timestamp};
use platform::Failure;
use platform::pg::Transaction;
use serde_json::Value;
use tokio::time::Instant;

use super::drive::{claim, drive_now};
use super::order::looks_like;
use super::read::OperationView;
use super::write;
use crate::app::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::operation::Operation;
use crate::store::token::NewToken;

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
        mark(&tx, who, generation, &mut operation, now).await?;
    }
    let claimed = claim(block, &tx, &who.scope, id, now).await?;
    tx.commit().await?;
    let stored_at = Instant::now();
    drop(connection);
    let operation = drive_now(block, claimed, operation).await;
    Ok(OperationView::secured(block, &operation, stored_at).await)
}

/// What shall never be done, as it was ordered or would have been.
#[derive(Debug)]
pub struct Withdrawal {
    /// The key of the order.
    pub key: String,
    /// The intent of the order, exactly.
    pub intent: Value,
}

/// Withdraws what was, or may have been, ordered under a key, and gives its present state. Once
/// that is an end the key is settled: nothing more can come of it, at whatever block.
pub async fn withdraw(
    block: &Block,
    who: &Authenticated,
    wish: Withdrawal,
) -> Result<OperationView, Failure> {
    let id = OperationId::derive(who.scope.customer, &wish.key); // I2
    let unreadable = |_| Refusal::new(Code::TermsNotUnderstood);
    let hash = IntentHash::of(&wish.intent).map_err(unreadable)?;
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let mut stored = store::operation::lock(&tx, &who.scope, id).await?;
    if stored.is_none() {
        let customer = who.scope.customer;
        let mut unseen = unseen(customer, id, hash, wish.intent, generation, now)?;
        unseen.marks.unfenced = !store::joining::state(&tx, &who.scope).await?.fenced;
        let token = NewToken { priority: 1, due_at: now, claimant: None, claim_until: None };
        if store::operation::insert(&tx, &who.scope, &unseen, &token).await? {
            write::begun(&tx, &who.scope, generation, &mut unseen).await?;
            metrics::counter!("operations_withdrawn_unseen_total").increment(1);
            stored = Some(unseen);
        } else {
            // The order was quicker: its transaction has committed since the look.
            stored = store::operation::lock(&tx, &who.scope, id).await?;
        }
    }
    // Another customer's id would be a collision of SHA-256.
    let vanished = || Failure::Broken("an operation vanished".to_owned());
    let mut operation = stored.ok_or_else(vanished)?;
    let at = version(&operation);
    match cancelling(&hash, Some((&operation.intent_hash, &at)), Guards::ALL) {
        Cancelling::Mismatch => return Err(Code::IdempotencyMismatch.into()),
        Cancelling::Mark => mark(&tx, who, generation, &mut operation, now).await?,
        Cancelling::Present | Cancelling::Create => {}
    }
    let claimed = if operation.state.is_final() {
        None
    } else {
        claim(block, &tx, &who.scope, id, now).await?
    };
    tx.commit().await?;
    let stored_at = Instant::now();
    drop(connection);
    let operation = drive_now(block, claimed, operation).await;
    Ok(OperationView::secured(block, &operation, stored_at).await)
}

/// Writes the wish down; the token becomes due, so that the workers send VOID.
async fn mark(
    tx: &Transaction<'_>,
    who: &Authenticated,
    generation: Generation,
    operation: &mut Operation,
    now: Timestamp,
) -> Result<(), Failure> {
    operation.marks = operation.marks.cancelled(generation);
    write::said(tx, &who.scope, generation, operation, now).await?;
    Ok(store::token::make_due(tx, &who.scope, operation.id, now).await?)
}

/// An operation as the decision sees it.
fn version(operation: &Operation) -> Version {
    let Operation { state, generation, version, marks, .. } = *operation;
    let version = u64::try_from(version).unwrap_or(0);
    Version { state, generation, version, payload: [0; 32], marks }
}

/// The operation that only the wish to cancel it speaks of. A VOID needs nothing but the hash, so
/// the terms need not be understood here; their kind is what it is stored and shown as.
fn unseen(
    customer: CustomerId,
    id: OperationId,
    intent_hash: IntentHash,
    raw: Value,
    generation: Generation,
    now: Timestamp,
) -> Result<Operation, Failure> {
    let kind = raw.pointer("/terms/kind").and_then(Value::as_str).and_then(OperationKind::parse);
    let kind = kind.ok_or_else(|| Refusal::new(Code::TermsNotUnderstood))?;
    let intent = Intent::from_value(&raw).ok();
    let debit = intent.as_ref().and_then(|intent| intent.terms.debit().ok().flatten());
    Ok(Operation {
        id,
        customer,
        kind,
        intent_hash,
        state: UNSEEN,
        generation,
        version: 1,
        valid_until: intent.as_ref().map_or(now, |intent| intent.valid_until),
        created_at: now,
        updated_at: now,
        confirm_by: now,
        debit_account: debit.as_ref().map(|debit| debit.account.to_string()),
        most_minor: debit.as_ref().map(|debit| debit.most.minor()),
        looks_like: intent.as_ref().map_or(intent_hash.0, |intent| looks_like(&intent.terms)),
        outcome: None,
        line: None,
        marks: Marks { cancel_requested: true, ..Marks::default() },
        in_doubt: false,
        parked: false,
        intent: raw,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(raw: &Value) -> Result<Operation, Failure> {
        let customer = CustomerId(1);
        let id = OperationId::derive(customer, "a key of the client");
        let hash = IntentHash::of(raw).unwrap();
        let now = Timestamp::from_unix_ms(1_800_000_000_000);
        unseen(customer, id, hash, raw.clone(), Generation(3), now)
    }

    #[test]
    fn terms_of_a_newer_version_are_withdrawn_too() {
        let mut raw = json!({
            "terms": { "kind": "card_freeze", "card_id": "card-1" },
            "valid_until": "2027-01-15T09:00:00Z",
        });
        let known = made(&raw).unwrap();
        assert_eq!(json!(known.valid_until), raw["valid_until"]);
        raw["terms"]["newer_than_this_block"] = json!(1);
        let newer = made(&raw).unwrap();
        assert_eq!(newer.intent, raw, "kept whole: it is what the hash is of");
        assert_eq!((newer.kind, newer.state), (OperationKind::CardFreeze, UNSEEN));
        assert_eq!(newer.looks_like, newer.intent_hash.0, "like nothing else");
        assert!(newer.marks.cancel_requested && newer.confirm_by == newer.created_at);
        raw["terms"]["kind"] = json!("no_such_kind");
        assert!(made(&raw).is_err());
    }
}
