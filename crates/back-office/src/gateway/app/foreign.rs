//! The part of an operation that a foreign system does: asking it, and booking what it answered.
//!
//! The system deduplicates by operation id, so it is asked again under the same id until it has
//! answered, by whoever finds the intent due. Money is never given back on a guess: only the
//! system's refusal, or the certainty that it never got the order, ends a hold.

use std::time::Duration;

use common::gateway::{Effect, Outcome};
use common::operation::{OperationState, RejectReason};
use common::problem::Code;
use common::{OperationId, Timestamp};
use deadpool_postgres::Transaction;
use platform::Failure;
use platform::failure::chain;
use platform::pg::Db;
use platform::rpc::{CallError, Request};

use super::Gateway;
use super::execute::entry_count;
use crate::foreign::{CashDetails, ORDERS, OrderAnswer};
use crate::gateway::rules::Settlement;
use crate::gateway::store::cash::{self, OpenCode};
use crate::gateway::store::daily;
use crate::gateway::store::intents::{self, Ended, Pending};
use crate::gateway::store::records::{self, Locked};
use crate::ledger::entry::{Batch, Entry};
use crate::ledger::store as ledger;

/// How long a code for cash is taken to be good if the cash system does not say. Closing asks it
/// again, so a wrong guess only asks too early.
const CODE_TIME_UNKNOWN_MS: i64 = 30 * 60_000;
/// After so many attempts an unfinished order is an error in the log each time.
const ATTEMPTS_OF_CONCERN: i32 = 10;

impl Gateway {
    /// Until when nobody else takes up an intent that was just claimed: longer than one call takes.
    pub(crate) fn lease_until(&self, now: Timestamp) -> Timestamp {
        let bounds = &self.bounds;
        let ms = bounds.foreign_order_ms + bounds.foreign_margin_ms + 1_000;
        now.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    /// When an order that got no answer is tried again: the pause doubles with each attempt.
    pub(crate) fn try_again_at(&self, attempt: i32, now: Timestamp) -> Timestamp {
        let doublings = u32::try_from(attempt).unwrap_or(0).min(16);
        let pause = self.bounds.resolver_pause_least_ms.saturating_mul(1 << doublings);
        let pause = pause.min(self.bounds.resolver_pause_most_ms);
        now.plus_ms(i64::try_from(pause).unwrap_or(i64::MAX))
    }
}

/// Asks the system once and books its answer; `None` if there was none yet.
///
/// `give_up`: if the order certainly did not reach the system, it is rejected instead of tried
/// again. Only for the first attempt of what may not wait.
pub async fn ask(
    gateway: &Gateway,
    db: &Db,
    pending: &Pending,
    within: Duration,
    give_up: bool,
) -> Result<Option<Outcome>, Failure> {
    // Never repeated by the client below us: repeating is the resolver's, and `surely_not_done`
    // must speak of all that was sent.
    let request = Request::post(ORDERS, &pending.request);
    let answer = gateway.system(pending.system())?.call(request, within).await;
    let ended = match answer {
        Ok(OrderAnswer::Done { reference, details }) => {
            let details: Option<CashDetails> = serde_json::from_value(details).ok();
            Ended::Done { reference, code_expires_at: details.map(|details| details.expires_at) }
        }
        Ok(OrderAnswer::Refused { reason }) => Ended::Refused(reason),
        Err(error) if give_up && error.surely_not_done() => {
            Ended::Refused(RejectReason::SystemRefused)
        }
        Err(error) => {
            put_off(gateway, db, pending, &error).await?;
            return Ok(None);
        }
    };
    settle(gateway, db, pending, &ended).await.map(Some)
}

async fn put_off(
    gateway: &Gateway,
    db: &Db,
    pending: &Pending,
    error: &CallError,
) -> Result<(), Failure> {
    let (operation, system, attempt) = (pending.operation(), pending.system(), pending.attempt);
    let error_text = chain(error);
    if attempt >= ATTEMPTS_OF_CONCERN || error.is_refusal(Code::IdempotencyMismatch) {
        tracing::error!(%operation, system, attempt, error = error_text, "order without an answer");
    } else {
        tracing::warn!(%operation, system, attempt, error = error_text, "order put off");
    }
    let due_at = gateway.try_again_at(attempt, gateway.clock.now());
    let connection = db.connection().await?;
    intents::postpone(&connection, operation, due_at).await?;
    Ok(())
}

/// Books what the system answered and stores the outcome; gives the stored one if somebody else
/// was first.
pub async fn settle(
    gateway: &Gateway,
    db: &Db,
    pending: &Pending,
    ended: &Ended,
) -> Result<Outcome, Failure> {
    let operation = pending.operation();
    let mut connection = db.connection().await?;
    let transaction = connection.transaction().await?;
    let record = records::lock(&transaction, operation)
        .await?
        .ok_or_else(|| Failure::Broken(format!("no record of the intent {operation}")))?;
    if let Some(outcome) = record.outcome {
        return Ok(outcome);
    }
    let now = gateway.clock.now();
    let settlement = &pending.settlement;
    let outcome = outcome_of(settlement, ended, now);
    let entries = entries_of(settlement, ended);
    book_more(&transaction, operation, &record, entries, now).await?;
    records::end(&transaction, operation, &outcome, entry_count(entries.len())).await?;
    match ended {
        Ended::Done { code_expires_at, .. } if settlement.until_code_ends => {
            let expires_at = code_expires_at.unwrap_or(now.plus_ms(CODE_TIME_UNKNOWN_MS));
            cash::insert(&transaction, operation, settlement, expires_at).await?;
        }
        Ended::Done { .. } => {}
        Ended::Refused(_) => uncount(&transaction, &record, settlement).await?,
    }
    intents::remove(&transaction, operation).await?;
    transaction.commit().await?;
    Ok(outcome)
}

fn outcome_of(settlement: &Settlement, ended: &Ended, now: Timestamp) -> Outcome {
    match ended {
        Ended::Done { reference, .. } => Outcome {
            state: OperationState::Executed,
            decided_at: now,
            reason: None,
            effect: Some(Effect {
                foreign_reference: Some(reference.clone()),
                ..settlement.effect.clone()
            }),
        },
        Ended::Refused(reason) => Outcome {
            state: OperationState::Rejected,
            decided_at: now,
            reason: Some(*reason),
            effect: None,
        },
    }
}

fn entries_of<'a>(settlement: &'a Settlement, ended: &Ended) -> &'a [Entry] {
    match ended {
        Ended::Done { .. } if settlement.until_code_ends => &[],
        Ended::Done { .. } => &settlement.if_done,
        Ended::Refused(_) => &settlement.if_refused,
    }
}

/// Books how a code for cash ended: posted to the machines, or given back to the customer.
pub async fn close_code(gateway: &Gateway, code: &OpenCode, redeemed: bool) -> Result<(), Failure> {
    let operation = code.operation_id;
    let mut connection = gateway.repairs.connection().await?;
    let transaction = connection.transaction().await?;
    let record = records::lock(&transaction, operation)
        .await?
        .ok_or_else(|| Failure::Broken(format!("no record of the code for {operation}")))?;
    if !cash::remove(&transaction, operation).await? {
        // Somebody else closed it meanwhile.
        return Ok(());
    }
    let settlement = &code.settlement;
    let entries = if redeemed { &settlement.if_done } else { &settlement.if_refused };
    book_more(&transaction, operation, &record, entries, gateway.clock.now()).await?;
    if !redeemed {
        uncount(&transaction, &record, settlement).await?;
    }
    records::count_entries(&transaction, operation, entry_count(entries.len())).await?;
    transaction.commit().await?;
    Ok(())
}

/// Locks the accounts of further entries of an operation and books them.
async fn book_more(
    transaction: &Transaction<'_>,
    operation: OperationId,
    record: &Locked,
    entries: &[Entry],
    now: Timestamp,
) -> Result<(), Failure> {
    let accounts = entries.iter().flat_map(|entry| [&entry.debit, &entry.credit]);
    ledger::lock(transaction, &accounts.cloned().collect()).await?;
    let batch = Batch { operation: Some((operation, record.entry_count + 1)), entries };
    ledger::book(transaction, &batch, now).await?;
    Ok(())
}

/// What did not happen does not count towards the daily limit.
async fn uncount(
    transaction: &Transaction<'_>,
    record: &Locked,
    settlement: &Settlement,
) -> Result<(), Failure> {
    if let (Some(kind), Some(amount)) = (record.kind, settlement.effect.credited) {
        let counted_at = record.recorded_at;
        daily::give_back(transaction, record.customer_id, kind, amount, counted_at).await?;
    }
    Ok(())
}
