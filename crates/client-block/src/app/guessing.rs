//! Limits on guessing a password, wherever it is asked for: in PostgreSQL, because they must not be
//! lost with Redis (A7).

use common::login::wait_after;
use common::problem::{Code, Refusal};
use common::{CustomerId, Timestamp};
use platform::Failure;
use platform::pg::Transaction;

use crate::block::Block;
use crate::store::login_guard::{self, Guard};

/// Under which name wrong passwords of a customer are counted.
pub fn of_customer(id: CustomerId) -> String {
    format!("customer:{id}")
}

/// Counts an attempt, or gives the refusal if none is allowed now. Counted before the password is
/// looked at, and taken back if it was right: many guesses at once are no more than many in a row.
/// The caller commits in both cases.
pub async fn count(
    tx: &Transaction<'_>,
    subject: &str,
    now: Timestamp,
) -> Result<Option<Refusal>, Failure> {
    let guard = login_guard::lock(tx, subject, now).await?;
    if let Some(until) = guard.locked_until.filter(|until| *until > now) {
        let wait = u64::try_from(until.ms_since(now)).unwrap_or(0);
        return Ok(Some(Refusal::new(Code::LoginLocked).retry_after_ms(wait)));
    }
    let failures = guard.failures.saturating_add(1);
    let counted =
        Guard { failures, locked_until: wait_after(failures).map(|wait| now.plus_s(wait)) };
    login_guard::put(tx, subject, counted, now).await?;
    Ok(None)
}

/// Forgets the wrong attempts: the password was right.
pub async fn forgive(block: &Block, subject: &str) -> Result<(), Failure> {
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    login_guard::put(&tx, subject, Guard::default(), now).await?;
    Ok(tx.commit().await?)
}
