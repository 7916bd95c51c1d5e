//! Orders and their answers.

use common::{CustomerId, OperationId, Timestamp};
use platform::StoreError;
use time::OffsetDateTime;
use tokio_postgres::types::Json;

use super::{Session, changed, row};
use crate::foreign::{Order, OrderAnswer};

/// An order that was answered before.
pub(in crate::systems) struct Taken {
    pub(in crate::systems) customer_id: CustomerId,
    pub(in crate::systems) order: Order,
    pub(in crate::systems) answer: OrderAnswer,
}

/// Claims the operation's id for this order. False: it was claimed before; a claim that is not
/// yet committed is waited for.
pub(in crate::systems) async fn claim(
    db: &impl Session,
    operation: OperationId,
    customer: CustomerId,
    order: &Order,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "insert into taken_order (operation_id, customer_id, body, taken_at)
        values ($1, $2, $3, $4) on conflict (operation_id) do nothing";
    let at = OffsetDateTime::from(now);
    let inserted = changed(db, sql, &[&operation.0, &customer.as_i64(), &Json(order), &at]).await?;
    Ok(inserted == 1)
}

/// Stores the answer to an order that was claimed in this transaction.
pub(in crate::systems) async fn answer(
    db: &impl Session,
    operation: OperationId,
    customer: CustomerId,
    answer: &OrderAnswer,
) -> Result<(), StoreError> {
    let sql = "update taken_order set answer = $3 where operation_id = $1 and customer_id = $2";
    changed(db, sql, &[&operation.0, &customer.as_i64(), &Json(answer)]).await?;
    Ok(())
}

/// The order under this id, whoever ordered it: the caller compares.
pub(in crate::systems) async fn taken(
    db: &impl Session,
    operation: OperationId,
) -> Result<Option<Taken>, StoreError> {
    let sql = "select customer_id, body, answer from taken_order
        where operation_id = $1 and answer is not null";
    let Some(row) = row(db, sql, &[&operation.0]).await? else {
        return Ok(None);
    };
    let Json(order) = row.try_get(1)?;
    let Json(answer) = row.try_get(2)?;
    Ok(Some(Taken { customer_id: CustomerId::from_i64(row.try_get(0)?), order, answer }))
}
