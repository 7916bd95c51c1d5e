//! Term deposits.

use common::{Currency, CustomerId, Money, OperationId, Timestamp};
use platform::StoreError;
use time::{Date, OffsetDateTime};
use tokio_postgres::Row;

use super::{Session, changed, row, rows};

/// A deposit.
pub(in crate::systems) struct Deposit {
    pub(in crate::systems) id: String,
    pub(in crate::systems) product_id: String,
    pub(in crate::systems) name: String,
    pub(in crate::systems) amount: Money,
    pub(in crate::systems) rate_bp: u32,
    pub(in crate::systems) opened_at: Timestamp,
    pub(in crate::systems) matures_on: Date,
}

/// The number that makes the next deposit's id. Gaps are allowed.
pub(in crate::systems) async fn next_number(db: &impl Session) -> Result<i64, StoreError> {
    let found = row(db, "select nextval('deposit_number')", &[]).await?;
    let unreadable = StoreError::Unreadable { what: "deposit number" };
    Ok(found.ok_or(unreadable)?.try_get(0)?)
}

pub(in crate::systems) async fn open(
    db: &impl Session,
    customer: CustomerId,
    operation: OperationId,
    deposit: &Deposit,
) -> Result<(), StoreError> {
    let sql = "insert into deposit (id, customer_id, operation_id, product_id, name, amount_minor,
            currency, rate_bp, opened_at, matures_on)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let rate_bp = i32::try_from(deposit.rate_bp).unwrap_or(i32::MAX);
    changed(
        db,
        sql,
        &[
            &deposit.id,
            &customer.as_i64(),
            &operation.0,
            &deposit.product_id,
            &deposit.name,
            &deposit.amount.minor(),
            &deposit.amount.currency().code(),
            &rate_bp,
            &OffsetDateTime::from(deposit.opened_at),
            &deposit.matures_on,
        ],
    )
    .await?;
    Ok(())
}

pub(super) const LIST: &str = "select id, product_id, name, amount_minor, currency, rate_bp,
        opened_at, matures_on
    from deposit where customer_id = $1 order by id";

pub(in crate::systems) async fn list(
    db: &impl Session,
    customer: CustomerId,
) -> Result<Vec<Deposit>, StoreError> {
    let found = rows(db, LIST, &[&customer.as_i64()]).await?;
    found.iter().map(deposit).collect()
}

fn deposit(row: &Row) -> Result<Deposit, StoreError> {
    let unreadable = |_| StoreError::Unreadable { what: "deposit" };
    let currency: Currency = row.try_get::<_, &str>(4)?.parse().map_err(unreadable)?;
    let opened_at: OffsetDateTime = row.try_get(6)?;
    Ok(Deposit {
        id: row.try_get(0)?,
        product_id: row.try_get(1)?,
        name: row.try_get(2)?,
        amount: Money::from_minor(row.try_get(3)?, currency),
        rate_bp: u32::try_from(row.try_get::<_, i32>(5)?).unwrap_or(0),
        opened_at: opened_at.into(),
        matures_on: row.try_get(7)?,
    })
}
