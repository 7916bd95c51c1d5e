//! Reading the ledger for the journal.

use common::money::Money;
use futures_util::{Stream, TryStreamExt as _};
use platform::StoreError;
use time::{Date, OffsetDateTime};
use tokio_postgres::Row;

use crate::ledger::store::currency;
use crate::statement::{self, Session};

/// An account.
pub(super) struct Account {
    pub(super) number: String,
    pub(super) customer_id: Option<i64>,
    /// What the bank calls it.
    pub(super) name: String,
    pub(super) balance: Money,
}

/// All accounts, in account-number order.
pub(super) async fn accounts<S: Session>(session: &S) -> Result<Vec<Account>, StoreError> {
    let sql = "select account_number, customer_id, name, currency, balance_minor from account
        order by account_number";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter()
        .map(|row| {
            let minor = row.try_get("balance_minor")?;
            Ok(Account {
                number: row.try_get("account_number")?,
                customer_id: row.try_get("customer_id")?,
                name: row.try_get("name")?,
                balance: Money::from_minor(minor, currency(row, "currency")?),
            })
        })
        .collect()
}

/// An entry.
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) operation: Option<uuid::Uuid>,
    /// In UTC.
    pub(super) day: Date,
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) amount: Money,
    pub(super) kind: String,
    pub(super) description: String,
}

/// All entries in the order of their ids, one after the other.
pub(super) async fn entries<S: Session>(
    session: &S,
) -> Result<impl Stream<Item = Result<Entry, StoreError>>, StoreError> {
    let sql = "select entry_id, operation_id, booked_at, debit_account, credit_account,
            amount_minor, currency, kind, description from entry order by entry_id";
    let statement = session.prepare_cached(sql).await?;
    let rows = session.query_raw(&statement, Vec::<i64>::new()).await?;
    Ok(rows.map_err(StoreError::from).and_then(async |row| entry(&row)))
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    let minor = row.try_get("amount_minor")?;
    let booked_at: OffsetDateTime = row.try_get("booked_at")?;
    Ok(Entry {
        id: row.try_get("entry_id")?,
        operation: row.try_get("operation_id")?,
        day: booked_at.date(),
        debit: row.try_get("debit_account")?,
        credit: row.try_get("credit_account")?,
        amount: Money::from_minor(minor, currency(row, "currency")?),
        kind: row.try_get("kind")?,
        description: row.try_get("description")?,
    })
}
