//! Orders that a foreign system has not answered yet (protocol §5): written with the hold, removed
//! with the outcome, taken up by whoever finds them due.

use common::operation::RejectReason;
use common::{OperationId, Timestamp};
use platform::StoreError;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::{from_json, to_json};
use crate::foreign::PlaceOrder;
use crate::gateway::rules::Settlement;
use crate::statement::{self, Session};

/// An order and what depends on its answer.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Sent the same each time, under the operation's id.
    pub request: PlaceOrder,
    /// What is booked and said when the answer is there.
    pub settlement: Settlement,
    /// How often it has been sent before.
    pub attempt: i32,
}

impl Pending {
    /// The operation.
    pub fn operation(&self) -> OperationId {
        self.request.operation_id
    }

    /// The system that is asked.
    pub fn system(&self) -> &'static str {
        self.request.order.system()
    }
}

/// How a foreign system's work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It took effect.
    Done {
        /// The system's reference.
        reference: String,
        /// Until when a code for cash is good.
        code_expires_at: Option<Timestamp>,
    },
    /// It did not and will not.
    Refused(RejectReason),
}

/// Writes an intent; nobody else takes it up before `due_at`.
pub async fn insert<S: Session>(
    session: &S,
    pending: &Pending,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "insert into foreign_intent (operation_id, system, request, settlement, due_at)
        values ($1, $2, $3, $4, $5)";
    let params: statement::Params<'_> = &[
        &pending.operation().0,
        &pending.system(),
        &to_json(&pending.request, "order")?,
        &to_json(&pending.settlement, "settlement")?,
        &OffsetDateTime::from(due_at),
    ];
    statement::run(session, sql, params).await?;
    Ok(())
}

/// Claims due intents, in one short statement: nobody else takes them up before `claim_until`.
/// Those that another process is claiming are skipped.
pub const CLAIM: &str = "update foreign_intent set due_at = $2, attempt = attempt + 1
    where operation_id in (
        select operation_id from foreign_intent where due_at <= $1
        order by due_at limit $3 for update skip locked)
    returning request, settlement, attempt";

/// See [`CLAIM`].
pub async fn claim<S: Session>(
    session: &S,
    now: Timestamp,
    claim_until: Timestamp,
    at_most: u32,
) -> Result<Vec<Pending>, StoreError> {
    let (now, until) = (OffsetDateTime::from(now), OffsetDateTime::from(claim_until));
    let params: statement::Params<'_> = &[&now, &until, &i64::from(at_most)];
    let rows = statement::rows(session, CLAIM, params).await?;
    rows.iter().map(pending).collect()
}

/// Lets an intent be taken up again at `due_at`.
pub async fn postpone<S: Session>(
    session: &S,
    operation: OperationId,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update foreign_intent set due_at = $2 where operation_id = $1";
    statement::run(session, sql, &[&operation.0, &OffsetDateTime::from(due_at)]).await?;
    Ok(())
}

/// Removes an intent that has ended.
pub async fn remove<S: Session>(session: &S, operation: OperationId) -> Result<(), StoreError> {
    let sql = "delete from foreign_intent where operation_id = $1";
    statement::run(session, sql, &[&operation.0]).await?;
    Ok(())
}

/// How many intents wait, for the metric.
pub async fn waiting<S: Session>(session: &S) -> Result<i64, StoreError> {
    let row = statement::row(session, "select count(*) from foreign_intent", &[]).await?;
    Ok(row.try_get(0)?)
}

fn pending(row: &Row) -> Result<Pending, StoreError> {
    Ok(Pending {
        request: from_json(row.try_get("request")?, "order")?,
        settlement: from_json(row.try_get("settlement")?, "settlement")?,
        attempt: row.try_get("attempt")?,
    })
}
