//! What the gateway knows under an operation's id. Kept for 400 days after it was decided (I10);
//! nothing removes it earlier, because a block that was away for long asks again under its ids.

use common::gateway::decide::Known;
use common::gateway::{JournalEntry, Outcome};
use common::operation::{IntentHash, OperationKind};
use common::{CustomerId, Generation, OperationId, Timestamp};
use platform::StoreError;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::{from_json, to_json};
use crate::statement::{self, Session};

/// The constraint that two first requests under one id meet at.
pub const ONCE_PER_ID: &str = "operation_record_pkey";
const IN_PROGRESS: &str = "in_progress";

/// What is stored under a new id.
#[derive(Debug)]
pub struct NewRecord<'a> {
    /// Which operation.
    pub operation_id: OperationId,
    /// Who ordered.
    pub customer_id: CustomerId,
    /// Of the intent.
    pub intent_hash: IntentHash,
    /// Under which it was decided.
    pub generation: Generation,
    /// As it was sent; `None` where it never came.
    pub intent: Option<&'a Value>,
    /// `None` where the intent was not understood or never came.
    pub kind: Option<OperationKind>,
    /// `None` while a foreign system is being asked.
    pub outcome: Option<&'a Outcome>,
    /// How many entries are booked with it.
    pub entry_count: i16,
    /// The gateway's clock.
    pub now: Timestamp,
}

/// What is known under an id, whoever asks: the decision tells whether he may hear it.
pub async fn find<S: Session>(
    session: &S,
    operation: OperationId,
) -> Result<Option<Known>, StoreError> {
    let sql = "select customer_id, intent_hash, outcome from operation_record
        where operation_id = $1";
    let row = statement::maybe_row(session, sql, &[&operation.0]).await?;
    row.map(|row| {
        Ok(Known {
            customer_id: CustomerId::from_i64(row.try_get("customer_id")?),
            intent_hash: hash(&row)?,
            outcome: outcome(&row)?,
        })
    })
    .transpose()
}

/// Stores a new record. Fails with [`ONCE_PER_ID`] if another request was first.
pub async fn insert<S: Session>(session: &S, record: &NewRecord<'_>) -> Result<(), StoreError> {
    let outcome = record.outcome.map(|outcome| to_json(outcome, "outcome")).transpose()?;
    let state = record.outcome.map_or(IN_PROGRESS, |outcome| outcome.state.as_str());
    let decided_at = record.outcome.map(|outcome| OffsetDateTime::from(outcome.decided_at));
    let sql = "insert into operation_record (operation_id, customer_id, intent_hash, generation,
            intent, kind, state, outcome, decided_at, recorded_at, entry_count)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let kind = record.kind.map(OperationKind::as_str);
    let params: statement::Params<'_> = &[
        &record.operation_id.0,
        &record.customer_id.as_i64(),
        &record.intent_hash.0.as_slice(),
        &record.generation.as_i64(),
        &record.intent,
        &kind,
        &state,
        &outcome,
        &decided_at,
        &OffsetDateTime::from(record.now),
        &record.entry_count,
    ];
    statement::run(session, sql, params).await?;
    Ok(())
}

/// A record that is locked to be ended or continued.
#[derive(Clone, Debug)]
pub struct Locked {
    /// Who ordered.
    pub customer_id: CustomerId,
    /// What was ordered.
    pub kind: Option<OperationKind>,
    /// How many entries it has booked so far.
    pub entry_count: i16,
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Locks a record until the transaction ends; `None` if there is none.
pub async fn lock<S: Session>(
    session: &S,
    operation: OperationId,
) -> Result<Option<Locked>, StoreError> {
    let sql = "select customer_id, kind, entry_count, outcome, recorded_at from operation_record
        where operation_id = $1 for update";
    let row = statement::maybe_row(session, sql, &[&operation.0]).await?;
    row.map(|row| {
        let kind: Option<&str> = row.try_get("kind")?;
        Ok(Locked {
            customer_id: CustomerId::from_i64(row.try_get("customer_id")?),
            kind: kind.and_then(OperationKind::parse),
            entry_count: row.try_get("entry_count")?,
            outcome: outcome(&row)?,
            recorded_at: row.try_get::<_, OffsetDateTime>("recorded_at")?.into(),
        })
    })
    .transpose()
}

/// Ends a locked record that was in progress, with the entries booked since.
pub async fn end<S: Session>(
    session: &S,
    operation: OperationId,
    outcome: &Outcome,
    entries_more: i16,
) -> Result<(), StoreError> {
    let sql = "update operation_record
        set state = $2, outcome = $3, decided_at = $4, entry_count = entry_count + $5
        where operation_id = $1";
    let params: statement::Params<'_> = &[
        &operation.0,
        &outcome.state.as_str(),
        &to_json(outcome, "outcome")?,
        &OffsetDateTime::from(outcome.decided_at),
        &entries_more,
    ];
    statement::run(session, sql, params).await?;
    Ok(())
}

/// Counts entries that are booked after a locked record has ended (a code for cash that is closed).
pub async fn count_entries<S: Session>(
    session: &S,
    operation: OperationId,
    entries_more: i16,
) -> Result<(), StoreError> {
    let sql = "update operation_record set entry_count = entry_count + $2 where operation_id = $1";
    statement::run(session, sql, &[&operation.0, &entries_more]).await?;
    Ok(())
}

/// What JOURNAL lists: what was decided for a customer since, and what is in progress.
pub const JOURNAL: &str = "select operation_id, intent_hash, intent, generation, outcome
    from operation_record
    where customer_id = $1 and (decided_at >= $2 or decided_at is null)
    order by decided_at nulls last, operation_id";

/// See [`JOURNAL`].
pub async fn journal<S: Session>(
    session: &S,
    customer: CustomerId,
    since: Timestamp,
) -> Result<Vec<JournalEntry>, StoreError> {
    let params: statement::Params<'_> = &[&customer.as_i64(), &OffsetDateTime::from(since)];
    let rows = statement::rows(session, JOURNAL, params).await?;
    rows.iter()
        .map(|row| {
            Ok(JournalEntry {
                operation_id: OperationId(row.try_get("operation_id")?),
                intent_hash: hash(row)?,
                intent: row.try_get("intent")?,
                generation: Generation::from_i64(row.try_get("generation")?),
                outcome: outcome(row)?,
            })
        })
        .collect()
}

/// A customer's operation: its kind and how it ended; `None` if it is not his.
pub async fn of_customer<S: Session>(
    session: &S,
    customer: CustomerId,
    operation: OperationId,
) -> Result<Option<(Option<OperationKind>, Option<Outcome>)>, StoreError> {
    let sql = "select kind, outcome from operation_record
        where operation_id = $1 and customer_id = $2";
    let params: statement::Params<'_> = &[&operation.0, &customer.as_i64()];
    let row = statement::maybe_row(session, sql, params).await?;
    row.map(|row| {
        let kind: Option<&str> = row.try_get("kind")?;
        Ok((kind.and_then(OperationKind::parse), outcome(&row)?))
    })
    .transpose()
}

fn hash(row: &Row) -> Result<IntentHash, StoreError> {
    let bytes: &[u8] = row.try_get("intent_hash")?;
    IntentHash::from_slice(bytes).ok_or(StoreError::Unreadable { what: "intent hash" })
}

fn outcome(row: &Row) -> Result<Option<Outcome>, StoreError> {
    let value: Option<Value> = row.try_get("outcome")?;
    value.map(|value| from_json(value, "outcome")).transpose()
}
