//! The ledger's SQL: locking, booking, reading.
//!
//! Whoever moves money first locks every account it touches with [`lock`], in account-number order,
//! then books. All orders of locks are the same, so nobody waits in a circle.

pub mod check;
pub mod history;
pub mod snapshot;

use std::collections::{BTreeMap, BTreeSet};

use common::money::{Currency, Money};
use common::{AccountNumber, CustomerId, OperationId, Timestamp};
use platform::StoreError;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::entry::{Batch, changes};
use crate::statement::{self, Session};

/// The constraint that keeps customers' accounts from going below zero.
pub const NEVER_BELOW_ZERO: &str = "account_never_below_zero";

/// An account as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose; `None`: the bank's own.
    pub owner: Option<CustomerId>,
    /// First and last name of the owner.
    pub owner_name: Option<String>,
    /// What the customer calls it.
    pub name: String,
    /// Booked money.
    pub balance: Money,
    /// Open to payments?
    pub open: bool,
}

/// Locks these accounts against other changes, in account-number order, and reads them. One that
/// does not exist is missing in the result.
pub async fn lock<S: Session>(
    session: &S,
    accounts: &BTreeSet<AccountNumber>,
) -> Result<BTreeMap<AccountNumber, Account>, StoreError> {
    let numbers: Vec<&str> = accounts.iter().map(AccountNumber::as_str).collect();
    let sql = "select a.account_number, a.customer_id, c.name as owner_name, a.name, a.currency,
            a.balance_minor, a.open
        from account a left join customer c on c.customer_id = a.customer_id
        where a.account_number = any($1)
        order by a.account_number
        for no key update of a";
    let rows = statement::rows(session, sql, &[&numbers]).await?;
    rows.iter().map(|row| Ok((number(row, "account_number")?, account(row)?))).collect()
}

/// Books entries: writes them and moves the balances. The accounts are locked by the caller.
pub async fn book<S: Session>(
    session: &S,
    batch: &Batch<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if batch.entries.is_empty() {
        return Ok(());
    }
    write_entries(session, batch, now).await?;
    let changes = changes(batch.entries);
    let numbers: Vec<&str> = changes.keys().map(|account| account.as_str()).collect();
    let minors: Vec<i64> = changes.values().copied().collect();
    let sql = "update account a set balance_minor = a.balance_minor + change.minor
        from unnest($1::text[], $2::bigint[]) as change (number, minor)
        where a.account_number = change.number";
    statement::run(session, sql, &[&numbers, &minors]).await?;
    Ok(())
}

async fn write_entries<S: Session>(
    session: &S,
    batch: &Batch<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let operation = batch.operation.map(|(id, _)| id.0);
    let mut legs: Vec<Option<i16>> = Vec::new();
    let (mut debits, mut credits, mut minors) = (Vec::new(), Vec::new(), Vec::new());
    let (mut currencies, mut kinds, mut descriptions) = (Vec::new(), Vec::new(), Vec::new());
    for (at, entry) in (0_i16..).zip(batch.entries) {
        legs.push(batch.operation.map(|(_, first)| first + at));
        debits.push(entry.debit.as_str());
        credits.push(entry.credit.as_str());
        minors.push(entry.amount.minor());
        currencies.push(entry.amount.currency().code());
        kinds.push(entry.kind.as_str());
        descriptions.push(entry.description.as_str());
    }
    let sql = "insert into entry (operation_id, leg, debit_account, credit_account, amount_minor,
            currency, kind, description, booked_at)
        select $1, e.*, $9
        from unnest($2::smallint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
            $8::text[]) as e";
    let at = OffsetDateTime::from(now);
    statement::run(
        session,
        sql,
        &[&operation, &legs, &debits, &credits, &minors, &currencies, &kinds, &descriptions, &at],
    )
    .await?;
    Ok(())
}

/// A customer's account with what is held on it.
pub struct OwnAccount {
    /// Its number.
    pub number: AccountNumber,
    /// As the ledger has it: what is held is no longer in its balance.
    pub account: Account,
    /// What foreign systems have not answered yet, by order.
    pub held: Vec<(OperationId, Money)>,
}

/// A customer's accounts, in account-number order. One statement: balance and holds of one moment.
pub const ACCOUNTS_OF: &str = "with held as (
        select e.debit_account, e.operation_id, sum(e.amount_minor)::bigint as minor
        from operation_record r
        join foreign_intent i on i.operation_id = r.operation_id
        join entry e on e.operation_id = r.operation_id
        where r.customer_id = $1 and r.decided_at is null
        group by e.debit_account, e.operation_id)
    select a.account_number, a.customer_id, null::text as owner_name, a.name,
        a.currency, a.balance_minor, a.open,
        array(select operation_id from held h where h.debit_account = a.account_number
            order by operation_id) as held_ids,
        array(select minor from held h where h.debit_account = a.account_number
            order by operation_id) as held_minor
    from account a where a.customer_id = $1 order by a.account_number";

/// See [`ACCOUNTS_OF`].
pub async fn accounts_of<S: Session>(
    session: &S,
    customer: CustomerId,
) -> Result<Vec<OwnAccount>, StoreError> {
    let rows = statement::rows(session, ACCOUNTS_OF, &[&customer.as_i64()]).await?;
    rows.iter().map(own_account).collect()
}

fn own_account(row: &Row) -> Result<OwnAccount, StoreError> {
    let currency = currency(row, "currency")?;
    let ids: Vec<uuid::Uuid> = row.try_get("held_ids")?;
    let minors: Vec<i64> = row.try_get("held_minor")?;
    let held = ids.into_iter().map(OperationId);
    let held = held.zip(minors.into_iter().map(|minor| Money::from_minor(minor, currency)));
    let number = number(row, "account_number")?;
    Ok(OwnAccount { number, account: account(row)?, held: held.collect() })
}

/// Opens an account without money; nothing where it exists.
pub async fn open_account<S: Session>(
    session: &S,
    customer: CustomerId,
    account: &AccountNumber,
    currency: Currency,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "insert into account (account_number, customer_id, currency, kind, name, opened_at)
        values ($1, $2, $3, 'current', $4, $5) on conflict (account_number) do nothing";
    let at = OffsetDateTime::from(now);
    let number = account.as_str();
    let params: statement::Params<'_> =
        &[&number, &customer.as_i64(), &currency.code(), &name, &at];
    statement::run(session, sql, params).await?;
    Ok(())
}

pub(crate) fn number(row: &Row, column: &str) -> Result<AccountNumber, StoreError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| StoreError::Unreadable { what: "account number" })
}

pub(crate) fn currency(row: &Row, column: &str) -> Result<Currency, StoreError> {
    let code: &str = row.try_get(column)?;
    code.parse().map_err(|_| StoreError::Unreadable { what: "currency" })
}

fn account(row: &Row) -> Result<Account, StoreError> {
    let owner: Option<i64> = row.try_get("customer_id")?;
    let balance = Money::from_minor(row.try_get("balance_minor")?, currency(row, "currency")?);
    Ok(Account {
        owner: owner.map(CustomerId::from_i64),
        owner_name: row.try_get("owner_name")?,
        name: row.try_get("name")?,
        balance,
        open: row.try_get("open")?,
    })
}
