//! Operations.

use common::archive::asked::Asked;
use common::gateway::Outcome;
use common::join::operation::Marks;
use common::operation::{IntentHash, OperationKind, OperationState};
use common::{CustomerId, Generation, OperationId, Timestamp};
use platform::StoreError;
use platform::pg::{Connection, GenericClient, Sql, Transaction};
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::token::NewToken;
use crate::block::Scope;

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The same on every block.
    pub id: OperationId,
    /// Who ordered it.
    pub customer: CustomerId,
    /// What sort of order.
    pub kind: OperationKind,
    /// What was confirmed, as the client sent it.
    pub intent: Value,
    /// Of its canonical form.
    pub intent_hash: IntentHash,
    /// How far it has come.
    pub state: OperationState,
    /// Under which generation it was last written.
    pub generation: Generation,
    /// Raised by every change.
    pub version: i64,
    /// First execution only before this.
    pub valid_until: Timestamp,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Until when it may be confirmed.
    pub confirm_by: Timestamp,
    /// The account that pays, if one does.
    pub debit_account: Option<String>,
    /// The most it pays, in minor units of the account's currency.
    pub most_minor: Option<i64>,
    /// What it looks like, for the question "again?".
    pub looks_like: [u8; 32],
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// What joins by itself: his wish to cancel it, what he is asked about it.
    pub marks: Marks,
    /// Handed over a while ago without an outcome.
    pub in_doubt: bool,
    /// A person has to look at it.
    pub parked: bool,
    /// The line of the outbox with what the customer last said of it; 0: it came from the archive.
    /// From it the durability is derived (I3).
    pub line: Option<i64>,
}

/// The customer's operation with this id.
pub async fn find(
    db: &impl GenericClient,
    scope: &Scope,
    id: OperationId,
) -> Result<Option<Operation>, StoreError> {
    let sql = "select * from operation where operation_id = $1 and customer_id = $2";
    let row = db.row_opt(sql, &[&id.0, &scope.customer.as_i64()]).await?;
    row.as_ref().map(read).transpose()
}

/// The same, locked until the transaction ends.
pub async fn lock(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: OperationId,
) -> Result<Option<Operation>, StoreError> {
    let sql = "select * from operation where operation_id = $1 and customer_id = $2 for update";
    let row = tx.row_opt(sql, &[&id.0, &scope.customer.as_i64()]).await?;
    row.as_ref().map(read).transpose()
}

/// A page of the customer's operations, latest first, before `(created_at, id)` where given.
pub async fn page(
    db: &Connection,
    scope: &Scope,
    before: Option<(Timestamp, OperationId)>,
    limit: i64,
) -> Result<Vec<Operation>, StoreError> {
    let customer = scope.customer.as_i64();
    let rows = if let Some((at, id)) = before {
        let sql = "
            select * from operation
            where customer_id = $1 and (created_at, operation_id) < ($2, $3)
            order by created_at desc, operation_id desc limit $4";
        db.rows(sql, &[&customer, &OffsetDateTime::from(at), &id.0, &limit]).await?
    } else {
        let sql = "
            select * from operation where customer_id = $1
            order by created_at desc, operation_id desc limit $2";
        db.rows(sql, &[&customer, &limit]).await?
    };
    rows.iter().map(read).collect()
}

/// Did the customer order something that looks like this since then, and was it not undone?
pub async fn looks_like_recent(
    db: &Connection,
    scope: &Scope,
    looks_like: &[u8; 32],
    since: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        select 1 from operation
        where customer_id = $1 and looks_like = $2 and created_at > $3
            and state in ('awaiting_confirmation', 'pending', 'sent', 'executed')
        limit 1";
    let since = OffsetDateTime::from(since);
    let customer = scope.customer.as_i64();
    Ok(db.row_opt(sql, &[&customer, &looks_like.as_slice(), &since]).await?.is_some())
}

/// Money that is on its way out: what an unfinished operation may still take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InProgress {
    /// Which operation.
    pub operation: OperationId,
    /// The account that pays.
    pub account: String,
    /// The most it pays, in minor units of the account's currency.
    pub most_minor: i64,
}

/// The customer's money that is on its way out. Awaiting a code is not yet on its way.
pub async fn in_progress(
    db: &impl GenericClient,
    scope: &Scope,
) -> Result<Vec<InProgress>, StoreError> {
    let sql = "
        select o.operation_id, o.debit_account, o.most_minor
        from operation_token t join operation o on o.operation_id = t.operation_id
        where t.customer_id = $1 and o.debit_account is not null
            and o.state in ('pending', 'sent')";
    let rows = db.rows(sql, &[&scope.customer.as_i64()]).await?;
    let read = |row: &Row| InProgress {
        operation: OperationId(row.get("operation_id")),
        account: row.get("debit_account"),
        most_minor: row.get("most_minor"),
    };
    Ok(rows.iter().map(read).collect())
}

/// Stores an operation that no order has made, with its token. `false` if its id is known by now.
pub async fn insert(
    tx: &Transaction<'_>,
    scope: &Scope,
    operation: &Operation,
    token: &NewToken,
) -> Result<bool, StoreError> {
    let sql = "
        with new as (
            insert into operation (operation_id, customer_id, kind, intent, intent_hash, state,
                generation, version, valid_until, created_at, updated_at, confirm_by,
                debit_account, most_minor, looks_like, cancel_requested, unfenced)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, $20)
            on conflict on constraint operation_pkey do nothing
            returning operation_id, customer_id)
        insert into operation_token (operation_id, customer_id, home, slice, priority, due_at)
        select operation_id, customer_id, $16, $17, $18, $19 from new
        returning operation_id";
    let row = tx
        .row_opt(
            sql,
            &[
                &operation.id.0,
                &scope.customer.as_i64(),
                &operation.kind.as_str(),
                &operation.intent,
                &operation.intent_hash.0.as_slice(),
                &operation.state.as_str(),
                &operation.generation.as_i64(),
                &operation.version,
                &OffsetDateTime::from(operation.valid_until),
                &OffsetDateTime::from(operation.created_at),
                &OffsetDateTime::from(operation.confirm_by),
                &operation.debit_account,
                &operation.most_minor,
                &operation.looks_like.as_slice(),
                &operation.marks.cancel_requested,
                &scope.home.as_str(),
                &i16::from(scope.slice.number()),
                &token.priority,
                &OffsetDateTime::from(token.due_at),
                &operation.marks.unfenced,
            ],
        )
        .await?;
    Ok(row.is_some())
}

/// Writes down how far an operation has come; its version is raised by the caller.
pub async fn update(
    tx: &Transaction<'_>,
    scope: &Scope,
    operation: &Operation,
) -> Result<(), StoreError> {
    let sql = "
        update operation set state = $3, generation = $4, version = $5, updated_at = $6,
            outcome = $7, cancel_requested = $8, in_doubt = $9, parked = $10, unfenced = $11,
            conflict = $12, asked = $13, answered = $14, cancel_asked = $15,
            cancel_answered = $16, line = $17
        where operation_id = $1 and customer_id = $2";
    let outcome = operation.outcome.as_ref().map(serde_json::to_value).transpose();
    let outcome = outcome.map_err(|_| StoreError::Unreadable { what: "outcome" })?;
    tx.run(
        sql,
        &[
            &operation.id.0,
            &scope.customer.as_i64(),
            &operation.state.as_str(),
            &operation.generation.as_i64(),
            &operation.version,
            &OffsetDateTime::from(operation.updated_at),
            &outcome,
            &operation.marks.cancel_requested,
            &operation.in_doubt,
            &operation.parked,
            &operation.marks.unfenced,
            &operation.marks.conflict,
            &operation.marks.asked.asked.as_i64(),
            &operation.marks.asked.answered.as_i64(),
            &operation.marks.cancel_asked.asked.as_i64(),
            &operation.marks.cancel_asked.answered.as_i64(),
            &operation.line,
        ],
    )
    .await?;
    Ok(())
}

/// The marks in the columns of an operation.
fn marks(row: &Row) -> Marks {
    let asked = |asked, answered| Asked {
        asked: Generation::from_i64(row.get(asked)),
        answered: Generation::from_i64(row.get(answered)),
    };
    Marks {
        cancel_requested: row.get("cancel_requested"),
        asked: asked("asked", "answered"),
        cancel_asked: asked("cancel_asked", "cancel_answered"),
        unfenced: row.get("unfenced"),
        conflict: row.get("conflict"),
    }
}

pub(super) fn read(row: &Row) -> Result<Operation, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "operation" };
    let at = |column| Timestamp::from(row.get::<_, OffsetDateTime>(column));
    let (kind, state): (String, String) = (row.get("kind"), row.get("state"));
    let hash: Vec<u8> = row.get("intent_hash");
    let looks_like: Vec<u8> = row.get("looks_like");
    let outcome: Option<Value> = row.get("outcome");
    Ok(Operation {
        id: OperationId(row.get("operation_id")),
        customer: CustomerId::from_i64(row.get("customer_id")),
        kind: OperationKind::parse(&kind).ok_or_else(unreadable)?,
        intent: row.get("intent"),
        intent_hash: IntentHash::from_slice(&hash).ok_or_else(unreadable)?,
        state: OperationState::parse(&state).ok_or_else(unreadable)?,
        generation: Generation::from_i64(row.get("generation")),
        version: row.get("version"),
        valid_until: at("valid_until"),
        created_at: at("created_at"),
        updated_at: at("updated_at"),
        confirm_by: at("confirm_by"),
        debit_account: row.get("debit_account"),
        most_minor: row.get("most_minor"),
        looks_like: looks_like.try_into().map_err(|_| unreadable())?,
        outcome: outcome.map(serde_json::from_value).transpose().map_err(|_| unreadable())?,
        marks: marks(row),
        in_doubt: row.get("in_doubt"),
        parked: row.get("parked"),
        line: row.get("line"),
    })
}
