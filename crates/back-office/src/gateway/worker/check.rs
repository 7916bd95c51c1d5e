//! The continuous proof that money is conserved (I16).
//!
//! Each round sums all balances, compares the next accounts with what was booked on them since they
//! were looked at last, and looks at what was decided since the last round. It goes round the whole
//! ledger and begins again. What was proven once is not read again; `back-office verify` reads all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use common::Timestamp;
use deadpool_postgres::Transaction;
use platform::failure::chain;
use platform::{Failure, Tasks};

use crate::gateway::app::Gateway;
use crate::gateway::app::verify::Findings;
use crate::ledger::store::check::{self, Drifted};
use crate::ledger::store::snapshot;

/// Decisions are looked at again for this long: their transaction may commit after its time.
const OVERLAP_MS: i64 = 60_000;

/// How far the check has come.
#[derive(Clone, Debug)]
struct Progress {
    account: String,
    decided_since: Timestamp,
}

/// Starts the task.
pub(super) fn start(gateway: &Arc<Gateway>, tasks: &Tasks) {
    let beginning = Progress {
        account: String::new(),
        decided_since: gateway.clock.now().plus_ms(-OVERLAP_MS),
    };
    let progress = Arc::new(Mutex::new(beginning));
    let gateway = gateway.clone();
    let pause = Duration::from_millis(gateway.bounds.check_tick_ms);
    tasks.supervise("ledger-check", move || {
        let (gateway, progress) = (gateway.clone(), progress.clone());
        async move {
            loop {
                let from = progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
                match round(&gateway, from).await {
                    Ok(next) => {
                        *progress.lock().unwrap_or_else(PoisonError::into_inner) = next;
                    }
                    Err(failure) => {
                        tracing::warn!(error = chain(&failure), "the ledger was not checked");
                    }
                }
                tokio::time::sleep(pause).await;
            }
        }
    });
}

async fn round(gateway: &Gateway, from: Progress) -> Result<Progress, Failure> {
    let now = gateway.clock.now();
    let limit = i64::from(gateway.bounds.check_accounts);
    let mut connection = gateway.repairs.connection().await?;
    let transaction = connection.transaction().await?;
    // Accounts that were never looked at are summed from the beginning.
    snapshot::without_time_limit(&transaction).await?;
    let accounts = check::next_accounts(&transaction, &from.account, limit).await?;
    let findings = Findings {
        unbalanced: check::unbalanced(&transaction).await?,
        drifted: drifted(&transaction, &accounts).await?,
        miscounted: check::miscounted(&transaction, from.decided_since).await?,
    };
    transaction.commit().await?;
    for line in findings.report() {
        tracing::error!(finding = line, "money is not conserved (I16)");
    }
    #[expect(clippy::cast_precision_loss, reason = "a gauge")]
    metrics::gauge!("ledger_findings").set(findings.count() as f64);
    metrics::counter!("ledger_checks_total").increment(1);
    Ok(Progress {
        account: accounts.last().cloned().unwrap_or_default(),
        decided_since: now.plus_ms(-OVERLAP_MS),
    })
}

/// Accounts whose balance is not what their entries say, with those that agree remembered. A
/// difference counts only if it is there without the checkpoint too.
async fn drifted(
    transaction: &Transaction<'_>,
    accounts: &[String],
) -> Result<Vec<Drifted>, Failure> {
    let compared = check::compare(transaction, accounts).await?;
    check::remember(transaction, &compared.proven).await?;
    if compared.drifted.is_empty() {
        return Ok(Vec::new());
    }
    let suspects: Vec<String> =
        compared.drifted.into_iter().map(|found| found.account_number).collect();
    check::forget(transaction, &suspects).await?;
    Ok(check::compare(transaction, &suspects).await?.drifted)
}
