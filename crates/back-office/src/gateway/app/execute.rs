//! EXECUTE (protocol §5): apply a confirmed intent, once.
//!
//! One transaction decides and, where the ledger is enough, does it. Where a foreign system has a
//! part, the transaction writes the intent row and holds the money; the call is made after the
//! commit, and a second transaction books what the system answered.

use std::time::Duration;

use common::gateway::decide::{self, Altered, ExecuteStep};
use common::gateway::{Answer, Execute, Outcome};
use common::operation::{Intent, OperationKind, OperationState, RejectReason};
use common::{CustomerId, Guards, OperationId, Timestamp};
use deadpool_postgres::Transaction;
use platform::Failure;
use platform::context::{Context, left_until};

use super::{Gateway, facts, foreign};
use crate::foreign::PlaceOrder;
use crate::gateway::rules::{self, Completion, ForeignPart, Needs, Ordered, Plan, Verdict};
use crate::gateway::store::intents::{self, Pending};
use crate::gateway::store::records::{self, NewRecord};
use crate::gateway::store::{daily, fence};
use crate::ledger::entry::Batch;
use crate::ledger::store as ledger;

/// What the first transaction ended with.
enum Begun {
    /// Say this.
    Answer(Answer),
    /// Ask a foreign system first.
    Ask(Box<Pending>, OperationKind),
}

/// Executes an order, or says how it stands.
pub async fn execute(gateway: &Gateway, request: Execute) -> Result<Answer, Failure> {
    let about = (request.operation_id, request.customer_id);
    let (request, intent) = match decide::arrived(request) {
        Ok(arrived) => arrived,
        Err(Altered) => return Ok(alarmed(Answer::PayloadMismatch, about)),
    };
    let begun = match begin(gateway, &request, intent.as_ref()).await {
        // Another request under this id was first; now it is known.
        Err(Failure::Store(error)) if error.constraint() == Some(records::ONCE_PER_ID) => {
            begin(gateway, &request, intent.as_ref()).await?
        }
        other => other?,
    };
    match begun {
        Begun::Answer(answer) => Ok(alarmed(answer, about)),
        Begun::Ask(pending, kind) => ask(gateway, &pending, kind).await,
    }
}

/// The same id with another customer or intent is somebody's mistake or attack: said aloud.
fn alarmed(answer: Answer, (operation, customer): (OperationId, CustomerId)) -> Answer {
    if answer == Answer::PayloadMismatch {
        metrics::counter!("gateway_payload_mismatch_total").increment(1);
        tracing::error!(%operation, %customer, "known id with another customer or intent");
    }
    answer
}

async fn begin(
    gateway: &Gateway,
    request: &Execute,
    intent: Option<&Intent>,
) -> Result<Begun, Failure> {
    let mut connection = gateway.db.connection().await?;
    // A known id answers without waiting for the customer's fence, whatever the generation.
    let known = records::find(&connection, request.operation_id).await?;
    if known.is_some()
        && let ExecuteStep::Answer(answer) =
            decide::execute(known.as_ref(), None, request, gateway.clock.now(), Guards::ALL)
    {
        return Ok(Begun::Answer(answer));
    }
    let transaction = connection.transaction().await?;
    let fence = fence::lock(&transaction, request.customer_id).await?;
    let known = records::find(&transaction, request.operation_id).await?;
    let now = gateway.clock.now();
    match decide::execute(known.as_ref(), Some(fence), request, now, Guards::ALL) {
        // Nothing is stored: the transaction ends without a commit.
        ExecuteStep::Answer(answer) => Ok(Begun::Answer(answer)),
        ExecuteStep::Store(outcome) => {
            let kind = intent.map(|intent| intent.terms.kind());
            records::insert(&transaction, &record(request, kind, Some(&outcome), 0, now)).await?;
            transaction.commit().await?;
            Ok(Begun::Answer(Answer::Outcome(outcome)))
        }
        ExecuteStep::Validate => {
            fence::raise(&transaction, request.customer_id, request.generation).await?;
            let begun = validate(gateway, &transaction, request, intent, now).await?;
            transaction.commit().await?;
            Ok(begun)
        }
    }
}

/// The second validation, and what follows from it, in the same transaction.
async fn validate(
    gateway: &Gateway,
    transaction: &Transaction<'_>,
    request: &Execute,
    intent: Option<&Intent>,
    now: Timestamp,
) -> Result<Begun, Failure> {
    let Some(intent) = intent else {
        return reject(transaction, request, None, RejectReason::NotUnderstood, now).await;
    };
    let kind = intent.terms.kind();
    let needs = Needs::of(request.operation_id, &intent.terms);
    let facts = facts::load(transaction, request.customer_id, &needs, now).await?;
    let ordered = Ordered {
        operation_id: request.operation_id,
        customer_id: request.customer_id,
        terms: &intent.terms,
    };
    match rules::decide(&ordered, &facts) {
        Verdict::Apply(plan) => apply(gateway, transaction, request, kind, *plan, now).await,
        Verdict::Reject(reason) => reject(transaction, request, Some(kind), reason, now).await,
    }
}

/// A rejection is an outcome, kept under the id.
async fn reject(
    transaction: &Transaction<'_>,
    request: &Execute,
    kind: Option<OperationKind>,
    reason: RejectReason,
    now: Timestamp,
) -> Result<Begun, Failure> {
    let outcome = Outcome {
        state: OperationState::Rejected,
        decided_at: now,
        reason: Some(reason),
        effect: None,
    };
    records::insert(transaction, &record(request, kind, Some(&outcome), 0, now)).await?;
    Ok(Begun::Answer(Answer::Outcome(outcome)))
}

async fn apply(
    gateway: &Gateway,
    transaction: &Transaction<'_>,
    request: &Execute,
    kind: OperationKind,
    plan: Plan,
    now: Timestamp,
) -> Result<Begun, Failure> {
    let entries = entry_count(plan.entries.len());
    let (outcome, begun) = match plan.completion {
        Completion::AtOnce(effect) => {
            let outcome = Outcome {
                state: OperationState::Executed,
                decided_at: now,
                reason: None,
                effect: Some(effect),
            };
            (Some(outcome.clone()), Begun::Answer(Answer::Outcome(outcome)))
        }
        Completion::Foreign(part) => (None, Begun::Ask(Box::new(pending(request, part)), kind)),
    };
    let new = record(request, Some(kind), outcome.as_ref(), entries, now);
    records::insert(transaction, &new).await?;
    let batch = Batch { operation: Some((request.operation_id, 1)), entries: &plan.entries };
    ledger::book(transaction, &batch, now).await?;
    if let Some(amount) = plan.counted {
        daily::use_up(transaction, request.customer_id, kind, amount, now).await?;
    }
    if let Begun::Ask(pending, _) = &begun {
        intents::insert(transaction, pending, gateway.lease_until(now)).await?;
    }
    Ok(begun)
}

fn pending(request: &Execute, part: ForeignPart) -> Pending {
    Pending {
        request: PlaceOrder {
            operation_id: request.operation_id,
            customer_id: request.customer_id,
            order: part.order,
        },
        settlement: part.settlement,
        attempt: 0,
    }
}

/// Asks the foreign system as long as the request has time; whatever comes later, the resolver
/// finds out.
async fn ask(gateway: &Gateway, pending: &Pending, kind: OperationKind) -> Result<Answer, Failure> {
    let margin = Duration::from_millis(gateway.bounds.foreign_margin_ms);
    let longest = Duration::from_millis(gateway.bounds.foreign_order_ms);
    let left = Context::current().map_or(longest, |context| left_until(context.deadline));
    let within = left.saturating_sub(margin).min(longest);
    // What may not wait is given up at once if the system certainly did not get it.
    let give_up = !kind.policy().deferrable;
    let outcome = foreign::ask(gateway, &gateway.db, pending, within, give_up).await?;
    Ok(outcome.map_or(Answer::InProgress, Answer::Outcome))
}

fn record<'a>(
    request: &'a Execute,
    kind: Option<OperationKind>,
    outcome: Option<&'a Outcome>,
    entry_count: i16,
    now: Timestamp,
) -> NewRecord<'a> {
    NewRecord {
        operation_id: request.operation_id,
        customer_id: request.customer_id,
        intent_hash: request.intent_hash,
        generation: request.generation,
        intent: Some(&request.intent),
        kind,
        outcome,
        entry_count,
        now,
    }
}

/// An operation has a handful of entries.
pub(super) fn entry_count(entries: usize) -> i16 {
    i16::try_from(entries).unwrap_or(i16::MAX)
}
