//! Wrong passwords in a row.

use common::Timestamp;
use platform::StoreError;
use platform::pg::{Sql, Transaction};
use time::OffsetDateTime;

/// What is known of a subject: a customer, or the pseudonym of an unknown login.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guard {
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Nobody may try before this.
    pub locked_until: Option<Timestamp>,
}

/// Reads and locks the guard of a subject, so that attempts at one subject queue up.
pub async fn lock(
    tx: &Transaction<'_>,
    subject: &str,
    now: Timestamp,
) -> Result<Guard, StoreError> {
    let sql = "
        insert into login_guard (subject, failures, changed_at) values ($1, 0, $2)
        on conflict on constraint login_guard_pkey
        do update set changed_at = login_guard.changed_at
        returning failures, locked_until";
    let row = tx.row(sql, &[&subject, &OffsetDateTime::from(now)]).await?;
    let failures: i32 = row.get("failures");
    let locked_until: Option<OffsetDateTime> = row.get("locked_until");
    Ok(Guard {
        failures: u32::try_from(failures).unwrap_or(0),
        locked_until: locked_until.map(Timestamp::from),
    })
}

/// Stores the guard of a subject.
pub async fn put(
    tx: &Transaction<'_>,
    subject: &str,
    guard: Guard,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        update login_guard set failures = $2, locked_until = $3, changed_at = $4
        where subject = $1";
    let failures = i32::try_from(guard.failures).unwrap_or(i32::MAX);
    let locked_until = guard.locked_until.map(OffsetDateTime::from);
    tx.run(sql, &[&subject, &failures, &locked_until, &OffsetDateTime::from(now)]).await?;
    Ok(())
}
