//! Administrators, their sessions, and the audit of what they do.

use common::Timestamp;
use common::wire::ops::AuditEntry;
use platform::StoreError;
use serde_json::Value;
use sqlx::types::time::OffsetDateTime;
use sqlx::{PgConnection, Row as _};

/// What is kept of an administrator.
pub struct Administrator {
    /// argon2id.
    pub password_hash: String,
    /// Base 32.
    pub totp_secret: String,
    /// The step of the last code that opened a session.
    pub used_step: i64,
    /// Until when no attempt counts.
    pub locked_until: Option<Timestamp>,
}

/// The administrator of that name.
pub async fn find(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<Administrator>, StoreError> {
    let row = sqlx::query(
        "select password_hash, totp_secret, used_step, locked_until
           from administrator where name = $1",
    )
    .bind(name)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let locked: Option<OffsetDateTime> = row.try_get("locked_until")?;
    Ok(Some(Administrator {
        password_hash: row.try_get("password_hash")?,
        totp_secret: row.try_get("totp_secret")?,
        used_step: row.try_get("used_step")?,
        locked_until: locked.map(Timestamp::from),
    }))
}

/// Makes an administrator, or gives him another password and secret.
pub async fn put(
    connection: &mut PgConnection,
    name: &str,
    password_hash: &str,
    totp_secret: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into administrator (name, password_hash, totp_secret) values ($1, $2, $3)
         on conflict (name) do update
            set password_hash = excluded.password_hash, totp_secret = excluded.totp_secret,
                used_step = 0, wrong = 0, locked_until = null",
    )
    .bind(name)
    .bind(password_hash)
    .bind(totp_secret)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a code: `false` if it or a later one was taken before.
pub async fn take_step(
    connection: &mut PgConnection,
    name: &str,
    step: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update administrator set used_step = $2, wrong = 0, locked_until = null
          where name = $1 and used_step < $2",
    )
    .bind(name)
    .bind(step)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts a wrong attempt. From the `free`th on each doubles the time without attempts.
pub async fn wrong(
    connection: &mut PgConnection,
    name: &str,
    free: i32,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update administrator
            set wrong = wrong + 1,
                locked_until = case when wrong + 1 < $2 then null
                    else $3 + least(power(2, least(wrong + 1 - $2, 12)), 3600)
                              * interval '1 second' end
          where name = $1",
    )
    .bind(name)
    .bind(free)
    .bind(OffsetDateTime::from(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// Opens a session.
pub async fn open(
    connection: &mut PgConnection,
    token_hash: &[u8; 32],
    name: &str,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    sqlx::query("delete from administrator_session where expires_at < $1")
        .bind(OffsetDateTime::from(now))
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "insert into administrator_session (token_hash, name, opened_at, expires_at)
         values ($1, $2, $3, $4)",
    )
    .bind(token_hash.as_slice())
    .bind(name)
    .bind(OffsetDateTime::from(now))
    .bind(OffsetDateTime::from(expires_at))
    .execute(connection)
    .await?;
    Ok(())
}

/// Whose session it is, and until when.
pub async fn session(
    connection: &mut PgConnection,
    token_hash: &[u8; 32],
) -> Result<Option<(String, Timestamp)>, StoreError> {
    let row =
        sqlx::query("select name, expires_at from administrator_session where token_hash = $1")
            .bind(token_hash.as_slice())
            .fetch_optional(connection)
            .await?;
    let Some(row) = row else { return Ok(None) };
    let expires: OffsetDateTime = row.try_get("expires_at")?;
    Ok(Some((row.try_get("name")?, expires.into())))
}

/// Writes down what somebody is about to do.
pub async fn audit(
    connection: &mut PgConnection,
    who: &str,
    action: &str,
    details: &Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("insert into audit (at, who, action, details) values ($1, $2, $3, $4)")
        .bind(OffsetDateTime::from(now))
        .bind(who)
        .bind(action)
        .bind(details)
        .execute(connection)
        .await?;
    Ok(())
}

/// The newest entries of the audit.
pub async fn trail(
    connection: &mut PgConnection,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let sql = "select at, who, action, details from audit order by audit_id desc limit $1";
    let rows = sqlx::query(sql).bind(limit).fetch_all(connection).await?;
    let entry = |row: &sqlx::postgres::PgRow| {
        let at: OffsetDateTime = row.try_get("at")?;
        Ok(AuditEntry {
            at: at.into(),
            who: row.try_get("who")?,
            action: row.try_get("action")?,
            details: row.try_get("details")?,
        })
    };
    rows.iter().map(entry).collect()
}
