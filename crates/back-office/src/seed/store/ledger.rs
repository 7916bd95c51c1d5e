//! The ledger's tables.

use std::collections::{BTreeMap, HashSet};

use common::AccountNumber;
use platform::StoreError;
use tokio_postgres::Transaction;

use super::super::copy::Rows;
use super::copy;

/// The ids of all customers that are there.
pub(in crate::seed) async fn known_customers(
    transaction: &Transaction<'_>,
) -> Result<HashSet<i64>, StoreError> {
    let rows = transaction.query("select customer_id from customer", &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(in crate::seed) async fn copy_customers(
    transaction: &Transaction<'_>,
    rows: Rows,
) -> Result<u64, StoreError> {
    let sql = "copy customer (customer_id, revision, phone, name) from stdin binary";
    copy(transaction, sql, rows).await
}

pub(in crate::seed) async fn copy_accounts(
    transaction: &Transaction<'_>,
    rows: Rows,
) -> Result<u64, StoreError> {
    let sql = "copy account (account_number, customer_id, currency, kind, name, balance_minor,
        opened_at) from stdin binary";
    copy(transaction, sql, rows).await
}

pub(in crate::seed) async fn copy_entries(
    transaction: &Transaction<'_>,
    rows: Rows,
) -> Result<u64, StoreError> {
    let sql = "copy entry (debit_account, credit_account, amount_minor, currency, booked_at, kind,
        description) from stdin binary";
    copy(transaction, sql, rows).await
}

/// Locks the bank's own accounts until the load is through, as everybody does who books on them:
/// entries of an account are numbered in the order in which they are committed.
pub(in crate::seed) async fn lock_own_accounts(
    transaction: &Transaction<'_>,
) -> Result<(), StoreError> {
    let sql = "select from account where customer_id is null
        order by account_number for no key update";
    transaction.execute(sql, &[]).await?;
    Ok(())
}

/// Moves the balances of the bank's own accounts by what was loaded.
pub(in crate::seed) async fn move_balances(
    transaction: &Transaction<'_>,
    changes: &BTreeMap<AccountNumber, i64>,
) -> Result<(), StoreError> {
    let numbers: Vec<&str> = changes.keys().map(AccountNumber::as_str).collect();
    let minors: Vec<i64> = changes.values().copied().collect();
    let sql = "update account a set balance_minor = a.balance_minor + change.minor
        from unnest($1::text[], $2::bigint[]) as change (number, minor)
        where a.account_number = change.number";
    transaction.execute(sql, &[&numbers, &minors]).await?;
    Ok(())
}

/// Tells the planner what was loaded, without waiting for the server to notice.
pub(in crate::seed) async fn analyze(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.batch_execute("analyze customer, account, entry").await?;
    Ok(())
}
