//! What administrators do is written down before it is done: who, what, when, from what to what,
//! and by whose leave. Where the database takes nothing (it is dead, or a standby: the very time
//! when people act), an entry waits in memory, and is in this process's log; too many that wait
//! stop the work. Moves, approvals and switches are also in the archive's audit, in their
//! transactions.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::Timestamp;
use common::problem::{Code, Refusal};
use common::wire::ops::{AuditEntry, AuditTrail};
use platform::Failure;
use platform::failure::chain;
use serde_json::Value;
use tokio::time::timeout;

use crate::shared::Shared;
use crate::store::administrators;

/// How many entries are listed.
const LISTED: i64 = 200;

/// Entries that are not in the database yet, in their order.
#[derive(Default)]
pub struct Unwritten(Mutex<VecDeque<AuditEntry>>);

impl Unwritten {
    fn entries(&self) -> MutexGuard<'_, VecDeque<AuditEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes down what somebody is about to do.
pub async fn note(shared: &Shared, who: &str, action: &str, details: Value) -> Result<(), Failure> {
    tracing::info!(who, action, %details, "an administrator acts");
    let (who, action) = (who.to_owned(), action.to_owned());
    let entry = AuditEntry { at: shared.now(), who, action, details };
    {
        let mut waiting = shared.unwritten.entries();
        if waiting.len() >= shared.config.ops.audit_waiting_max {
            let detail = "Too much of what administrators did is not in the database yet.";
            return Err(Refusal::new(Code::NotReady).detail(detail).retry_after_ms(1_000).into());
        }
        waiting.push_back(entry);
    }
    if let Err(failure) = write(shared).await {
        tracing::warn!(error = chain(&failure), "the audit waits for the database");
    }
    Ok(())
}

/// Writes what waits.
pub async fn write(shared: &Shared) -> Result<(), Failure> {
    let _turn = shared.auditing.lock().await;
    let waiting: Vec<AuditEntry> = shared.unwritten.entries().iter().cloned().collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let within = Duration::from_millis(shared.config.database.acquire_timeout_ms);
    let stored = async {
        let mut tx = shared.db.begin().await?;
        for AuditEntry { at, who, action, details } in &waiting {
            administrators::audit(&mut tx, who, action, details, *at).await?;
        }
        tx.commit().await?;
        Ok::<(), Failure>(())
    };
    let away = |_| Failure::Broken("the database does not answer".to_owned());
    timeout(within, stored).await.map_err(away)??;
    shared.unwritten.entries().drain(..waiting.len());
    Ok(())
}

/// What was done, newest first; what waits is part of it.
pub async fn trail(shared: &Shared) -> Result<AuditTrail, Failure> {
    let mut entries: Vec<AuditEntry> = shared.unwritten.entries().iter().rev().cloned().collect();
    let mut connection = shared.db.acquire().await?;
    entries.extend(administrators::trail(&mut connection, LISTED).await?);
    Ok(AuditTrail { entries })
}

/// What an entry says of a time until which something is so.
pub fn until(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::from(at.to_string()))
}
