//! Codes for cash.

use common::{Currency, CustomerId, Money, OperationId, Timestamp};
use platform::StoreError;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::{Session, changed, row};

/// A code for cash.
pub(in crate::systems) struct CashCode {
    pub(in crate::systems) code: String,
    pub(in crate::systems) amount: Money,
    pub(in crate::systems) expires_at: Timestamp,
    pub(in crate::systems) state: CodeState,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::systems) enum CodeState {
    /// A machine would pay it out until its time has passed.
    Open,
    /// A machine paid it out.
    Redeemed,
    /// It was closed unused.
    Expired,
}

impl CodeState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
        }
    }
}

/// Keeps a new code. False: an open one has these digits already.
pub(in crate::systems) async fn keep(
    db: &impl Session,
    customer: CustomerId,
    operation: OperationId,
    code: &CashCode,
) -> Result<bool, StoreError> {
    let sql = "insert into cash_code
            (operation_id, customer_id, code, amount_minor, currency, expires_at)
        values ($1, $2, $3, $4, $5, $6) on conflict (code) where state = 'open' do nothing";
    let kept = changed(
        db,
        sql,
        &[
            &operation.0,
            &customer.as_i64(),
            &code.code,
            &code.amount.minor(),
            &code.amount.currency().code(),
            &OffsetDateTime::from(code.expires_at),
        ],
    )
    .await?;
    Ok(kept == 1)
}

/// The code of an order, for the customer who ordered it.
pub(in crate::systems) async fn of_customer(
    db: &impl Session,
    customer: CustomerId,
    operation: OperationId,
) -> Result<Option<CashCode>, StoreError> {
    let sql = "select code, amount_minor, currency, expires_at, state from cash_code
        where operation_id = $1 and customer_id = $2";
    let found = row(db, sql, &[&operation.0, &customer.as_i64()]).await?;
    found.as_ref().map(code).transpose()
}

/// The code of an order, held until the end of the transaction.
pub(in crate::systems) async fn hold(
    db: &impl Session,
    operation: OperationId,
) -> Result<Option<CashCode>, StoreError> {
    let sql = "select code, amount_minor, currency, expires_at, state from cash_code
        where operation_id = $1 for update";
    let found = row(db, sql, &[&operation.0]).await?;
    found.as_ref().map(code).transpose()
}

pub(super) const OPEN: &str = "select code, amount_minor, currency, expires_at, state, operation_id
    from cash_code where code = $1 and state = 'open' for update";

/// The open code with these digits, held until the end of the transaction: what a machine asks,
/// which knows no customer.
pub(in crate::systems) async fn hold_open(
    db: &impl Session,
    digits: &str,
) -> Result<Option<(OperationId, CashCode)>, StoreError> {
    let Some(row) = row(db, OPEN, &[&digits]).await? else {
        return Ok(None);
    };
    Ok(Some((OperationId(row.try_get(5)?), code(&row)?)))
}

/// Ends a code that is held in this transaction.
pub(in crate::systems) async fn end(
    db: &impl Session,
    operation: OperationId,
    state: CodeState,
) -> Result<(), StoreError> {
    let sql = "update cash_code set state = $2 where operation_id = $1";
    changed(db, sql, &[&operation.0, &state.as_str()]).await?;
    Ok(())
}

fn code(row: &Row) -> Result<CashCode, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "code for cash" };
    let currency: Currency = row.try_get::<_, &str>(2)?.parse().map_err(|_| unreadable())?;
    let expires_at: OffsetDateTime = row.try_get(3)?;
    let word: &str = row.try_get(4)?;
    let states = [CodeState::Open, CodeState::Redeemed, CodeState::Expired];
    let state = states.into_iter().find(|state| state.as_str() == word);
    Ok(CashCode {
        code: row.try_get(0)?,
        amount: Money::from_minor(row.try_get(1)?, currency),
        expires_at: expires_at.into(),
        state: state.ok_or_else(unreadable)?,
    })
}
