//! Risk decisions, and the payees that each customer was allowed to pay before.

use common::wire::gateway::RiskDecision;
use common::{CustomerId, OperationId, Timestamp};
use platform::StoreError;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::types::Json;

use super::{Session, changed, row};

/// Claims the operation's id for this question. False: it was claimed before.
pub(in crate::systems) async fn claim(
    db: &impl Session,
    customer: CustomerId,
    operation: OperationId,
    question: &Value,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "insert into decision (operation_id, customer_id, question, decided_at)
        values ($1, $2, $3, $4) on conflict (operation_id) do nothing";
    let at = OffsetDateTime::from(now);
    let inserted =
        changed(db, sql, &[&operation.0, &customer.as_i64(), &Json(question), &at]).await?;
    Ok(inserted == 1)
}

/// Stores the decision on a question that was claimed in this transaction.
pub(in crate::systems) async fn decide(
    db: &impl Session,
    customer: CustomerId,
    operation: OperationId,
    decision: RiskDecision,
) -> Result<(), StoreError> {
    let sql = "update decision set answer = $3 where operation_id = $1 and customer_id = $2";
    let word = word(decision);
    changed(db, sql, &[&operation.0, &customer.as_i64(), &word]).await?;
    Ok(())
}

/// What was asked under this id, and what was decided.
pub(in crate::systems) async fn decided(
    db: &impl Session,
    operation: OperationId,
) -> Result<Option<(Value, RiskDecision)>, StoreError> {
    let sql = "select question, answer from decision
        where operation_id = $1 and answer is not null";
    let Some(row) = row(db, sql, &[&operation.0]).await? else {
        return Ok(None);
    };
    let Json(question) = row.try_get(0)?;
    let found: &str = row.try_get(1)?;
    let decisions = [RiskDecision::Allow, RiskDecision::StepUp, RiskDecision::Refuse];
    let decision = decisions.into_iter().find(|known| word(*known) == found);
    let unreadable = StoreError::Unreadable { what: "risk decision" };
    Ok(Some((question, decision.ok_or(unreadable)?)))
}

pub(in crate::systems) async fn knows_payee(
    db: &impl Session,
    customer: CustomerId,
    payee: &str,
) -> Result<bool, StoreError> {
    let sql = "select 1 from known_payee where customer_id = $1 and payee = $2";
    Ok(row(db, sql, &[&customer.as_i64(), &payee]).await?.is_some())
}

pub(in crate::systems) async fn remember_payee(
    db: &impl Session,
    customer: CustomerId,
    payee: &str,
) -> Result<(), StoreError> {
    let sql = "insert into known_payee (customer_id, payee) values ($1, $2)
        on conflict (customer_id, payee) do nothing";
    changed(db, sql, &[&customer.as_i64(), &payee]).await?;
    Ok(())
}

fn word(decision: RiskDecision) -> &'static str {
    match decision {
        RiskDecision::Allow => "allow",
        RiskDecision::StepUp => "step_up",
        RiskDecision::Refuse => "refuse",
    }
}
