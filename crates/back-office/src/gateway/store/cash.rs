//! Codes for cash that were given out and have not been closed: the money is still held.

use common::{OperationId, Timestamp};
use platform::StoreError;
use time::OffsetDateTime;

use super::{from_json, to_json};
use crate::gateway::rules::Settlement;
use crate::statement::{self, Session};

/// A code whose time has passed.
#[derive(Clone, Debug)]
pub struct OpenCode {
    /// The operation it was given for.
    pub operation_id: OperationId,
    /// What is booked if it was used, and if it was not.
    pub settlement: Settlement,
    /// How often the cash system was asked.
    pub attempt: i32,
}

/// Writes down a code that was given out, to be closed after its time.
pub async fn insert<S: Session>(
    session: &S,
    operation: OperationId,
    settlement: &Settlement,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "insert into cash_code (operation_id, settlement, expires_at, due_at)
        values ($1, $2, $3, $3)";
    let settlement = to_json(settlement, "settlement")?;
    let expires_at = OffsetDateTime::from(expires_at);
    statement::run(session, sql, &[&operation.0, &settlement, &expires_at]).await?;
    Ok(())
}

/// Claims codes that are due: nobody else closes them before `claim_until`.
pub const CLAIM: &str = "update cash_code set due_at = $2, attempt = attempt + 1
    where operation_id in (
        select operation_id from cash_code where due_at <= $1
        order by due_at limit $3 for update skip locked)
    returning operation_id, settlement, attempt";

/// See [`CLAIM`].
pub async fn claim<S: Session>(
    session: &S,
    now: Timestamp,
    claim_until: Timestamp,
    at_most: u32,
) -> Result<Vec<OpenCode>, StoreError> {
    let (now, until) = (OffsetDateTime::from(now), OffsetDateTime::from(claim_until));
    let params: statement::Params<'_> = &[&now, &until, &i64::from(at_most)];
    let rows = statement::rows(session, CLAIM, params).await?;
    rows.iter()
        .map(|row| {
            Ok(OpenCode {
                operation_id: OperationId(row.try_get("operation_id")?),
                settlement: from_json(row.try_get("settlement")?, "settlement")?,
                attempt: row.try_get("attempt")?,
            })
        })
        .collect()
}

/// Lets a code be asked about again at `due_at`.
pub async fn postpone<S: Session>(
    session: &S,
    operation: OperationId,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update cash_code set due_at = $2 where operation_id = $1";
    statement::run(session, sql, &[&operation.0, &OffsetDateTime::from(due_at)]).await?;
    Ok(())
}

/// Removes a code that is closed; says whether it was still open.
pub async fn remove<S: Session>(session: &S, operation: OperationId) -> Result<bool, StoreError> {
    let sql = "delete from cash_code where operation_id = $1";
    Ok(statement::run(session, sql, &[&operation.0]).await? == 1)
}
