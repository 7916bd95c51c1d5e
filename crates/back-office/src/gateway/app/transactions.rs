//! An account's history, page by page, newest first.

use common::problem::{Code, Refusal};
use common::wire::gateway::{CustomerQuery, Transaction, TransactionPage, TransactionsQuery};
use common::{AccountNumber, CustomerId};
use platform::Failure;

use super::Gateway;
use crate::gateway::rules::names::shown_to_others;
use crate::ledger::store::history::{self, Line};

/// A page of the history of a customer's own account.
pub async fn page(
    gateway: &Gateway,
    account: &AccountNumber,
    query: &TransactionsQuery,
) -> Result<TransactionPage, Failure> {
    let (before, limit) = bounds(query)?;
    let customer = query.customer_id;
    gateway.admit(&CustomerQuery { customer_id: customer, generation: query.generation }).await?;
    let connection = gateway.db.connection().await?;
    // One more than asked for tells whether there is a next page.
    let lines = history::page(&connection, customer, account, before, limit + 1).await?;
    let mut lines = lines.ok_or(Code::AccountUnknown)?;
    let asked = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = lines.len() > asked;
    lines.truncate(asked);
    let next = lines.last().filter(|_| more).map(|line| line.entry_id.to_string());
    let items = lines.into_iter().map(|line| transaction(line, customer)).collect();
    Ok(TransactionPage { items, next })
}

fn bounds(query: &TransactionsQuery) -> Result<(i64, i64), Refusal> {
    let invalid = |detail: &str| Refusal::new(Code::InvalidQuery).detail(detail);
    if !(1..=100).contains(&query.limit) {
        return Err(invalid("`limit` must be 1 to 100."));
    }
    let before = match query.cursor.as_deref() {
        None => i64::MAX,
        Some(cursor) => cursor
            .parse()
            .map_err(|_| invalid("`cursor` is not one that a page of this account gave."))?,
    };
    Ok((before, query.limit.into()))
}

fn transaction(line: Line, customer: CustomerId) -> Transaction {
    Transaction {
        id: line.entry_id.to_string(),
        booked_at: line.booked_at.into(),
        amount: line.amount,
        description: line.description,
        // Other customers by first name and initial, own accounts masked, the bank's not at all.
        counterparty: match line.other_owner {
            Some(other) if other == customer => Some(line.other_account.masked()),
            Some(_) => line.other_name.as_deref().map(shown_to_others),
            None => None,
        },
        operation_id: line.operation_id,
    }
}
