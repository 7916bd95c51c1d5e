//! What second persons have approved.

use common::Timestamp;
use common::wire::archive::{Approval, ApprovalState, AskApproval};
use platform::StoreError;
use platform::pg::Sql;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

/// One person asks.
pub async fn ask(
    db: &impl Sql,
    approval_id: Uuid,
    asked: &AskApproval,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let sql = "
        insert into approval (approval_id, action, reason, author, asked_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)";
    let (now, until) = (OffsetDateTime::from(now), OffsetDateTime::from(expires_at));
    let AskApproval { action, reason, author } = asked;
    db.run(sql, &[&approval_id, action, reason, author, &now, &until]).await?;
    Ok(())
}

/// An approval, held to be changed.
pub async fn hold(
    db: &impl Sql,
    approval_id: Uuid,
    now: Timestamp,
) -> Result<Option<Approval>, StoreError> {
    let sql = "select * from approval where approval_id = $1 for update";
    let row = db.row_opt(sql, &[&approval_id]).await?;
    Ok(row.map(|row| read(&row, now)))
}

/// It is given.
pub async fn give(db: &impl Sql, approval_id: Uuid, approver: &str) -> Result<(), StoreError> {
    let sql = "update approval set approver = $2 where approval_id = $1";
    db.run(sql, &[&approval_id, &approver]).await?;
    Ok(())
}

/// It is used.
pub async fn use_up(db: &impl Sql, approval_id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let sql = "update approval set used_at = $2 where approval_id = $1";
    db.run(sql, &[&approval_id, &OffsetDateTime::from(now)]).await?;
    Ok(())
}

/// The newest.
pub async fn newest(
    db: &impl Sql,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Approval>, StoreError> {
    let sql = "select * from approval order by asked_at desc, approval_id limit $1";
    Ok(db.rows(sql, &[&limit]).await?.iter().map(|row| read(row, now)).collect())
}

fn read(row: &Row, now: Timestamp) -> Approval {
    let expires_at = Timestamp::from(row.get::<_, OffsetDateTime>("expires_at"));
    let approver: Option<String> = row.get("approver");
    let used: Option<OffsetDateTime> = row.get("used_at");
    let state = match (&approver, used) {
        (_, Some(_)) => ApprovalState::Used,
        _ if now >= expires_at => ApprovalState::Expired,
        (Some(_), None) => ApprovalState::Given,
        (None, None) => ApprovalState::Waiting,
    };
    Approval {
        approval_id: row.get("approval_id"),
        action: row.get("action"),
        reason: row.get("reason"),
        author: row.get("author"),
        approver,
        state,
        expires_at,
    }
}
