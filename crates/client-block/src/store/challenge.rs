//! Logins on a new device, waiting for their code.

use common::{CustomerId, Timestamp};
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::block::Scope;

/// A login that waits for its code.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Its id; known only to the client that began the login.
    pub id: Uuid,
    /// Who logs in.
    pub customer: CustomerId,
    /// On which channel.
    pub channel: String,
    /// On which device, in the customer's words.
    pub device_name: String,
    /// See `codes`.
    pub code_hash: Vec<u8>,
    /// Attempts that are left.
    pub attempts_left: i32,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Stores a challenge.
pub async fn insert(
    tx: &Transaction<'_>,
    scope: &Scope,
    challenge: &Challenge,
) -> Result<(), StoreError> {
    let sql = "
        insert into login_challenge (challenge_id, customer_id, channel, device_name, code_hash,
            attempts_left, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    tx.run(
        sql,
        &[
            &challenge.id,
            &scope.customer.as_i64(),
            &challenge.channel,
            &challenge.device_name,
            &challenge.code_hash,
            &challenge.attempts_left,
            &OffsetDateTime::from(challenge.expires_at),
        ],
    )
    .await?;
    Ok(())
}

/// Reads and locks a challenge by its unguessable id. The way in: it names the customer.
pub async fn lock(tx: &Transaction<'_>, id: Uuid) -> Result<Option<Challenge>, StoreError> {
    let sql = "
        select customer_id, channel, device_name, code_hash, attempts_left, expires_at
        from login_challenge where challenge_id = $1 for update";
    let row = tx.row_opt(sql, &[&id]).await?;
    Ok(row.map(|row| Challenge {
        id,
        customer: CustomerId::from_i64(row.get("customer_id")),
        channel: row.get("channel"),
        device_name: row.get("device_name"),
        code_hash: row.get("code_hash"),
        attempts_left: row.get("attempts_left"),
        expires_at: row.get::<_, OffsetDateTime>("expires_at").into(),
    }))
}

/// Stores the attempts that are left.
pub async fn set_attempts(tx: &Transaction<'_>, id: Uuid, left: i32) -> Result<(), StoreError> {
    let sql = "update login_challenge set attempts_left = $2 where challenge_id = $1";
    tx.run(sql, &[&id, &left]).await?;
    Ok(())
}

/// Removes a challenge that was answered.
pub async fn remove(tx: &Transaction<'_>, id: Uuid) -> Result<(), StoreError> {
    tx.run("delete from login_challenge where challenge_id = $1", &[&id]).await?;
    Ok(())
}

/// Forgets challenges that have expired, at most `most` of them.
pub async fn forget(db: &Connection, now: Timestamp, most: i64) -> Result<u64, StoreError> {
    let sql = "
        delete from login_challenge where challenge_id = any (array
            (select challenge_id from login_challenge where expires_at < $1 limit $2))";
    db.run(sql, &[&OffsetDateTime::from(now), &most]).await
}
