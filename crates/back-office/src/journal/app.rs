//! Writing the journal from one moment of the ledger.

use std::collections::HashMap;
use std::io::Write;

use futures_util::TryStreamExt as _;
use platform::StoreError;
use platform::pg::Db;
use tokio_postgres::IsolationLevel;

use super::{hledger, store};
use crate::ledger::store::snapshot::without_time_limit;

/// Why there is no journal, or half of one.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The ledger could not be read.
    #[error("the ledger could not be read")]
    Store(#[from] StoreError),
    /// The journal could not be written.
    #[error("the journal could not be written")]
    Out(#[from] std::io::Error),
}

/// Writes the whole journal. Accounts are held in memory, entries are streamed.
pub async fn export<W: Write>(db: &Db, out: &mut W) -> Result<(), JournalError> {
    let mut connection = db.connection().await?;
    let transaction = connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(StoreError::from)?;
    without_time_limit(&transaction).await?;
    let accounts = store::accounts(&transaction).await?;
    let names: HashMap<&str, String> = accounts
        .iter()
        .map(|account| (account.number.as_str(), hledger::account_name(account)))
        .collect();
    hledger::head(out, names.values())?;
    let mut last_day = None;
    let mut entries = std::pin::pin!(store::entries(&transaction).await?);
    while let Some(entry) = entries.try_next().await? {
        last_day = last_day.max(Some(entry.day));
        let debit = known(&names, &entry.debit)?;
        let credit = known(&names, &entry.credit)?;
        hledger::entry(out, &entry, debit, credit)?;
    }
    if let Some(day) = last_day {
        hledger::assertions(out, day, &accounts)?;
    }
    Ok(())
}

fn known<'a>(names: &'a HashMap<&str, String>, number: &str) -> Result<&'a str, StoreError> {
    let unreadable = StoreError::Unreadable { what: "account of an entry" };
    names.get(number).map(String::as_str).ok_or(unreadable)
}
