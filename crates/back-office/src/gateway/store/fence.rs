//! Fences: the highest generation seen for a customer (I5).

use common::{CustomerId, Generation};
use platform::StoreError;

use crate::statement::{self, Session};

/// Locks a customer's fence until the transaction ends, and reads it. A customer who has none gets
/// one at the lowest generation, which refuses nobody.
///
/// The first lock of every transaction that decides something for a customer: whoever else decides
/// for him waits here.
pub async fn lock<S: Session>(session: &S, customer: CustomerId) -> Result<Generation, StoreError> {
    let locked = "select generation from fence where customer_id = $1 for update";
    let id = customer.as_i64();
    if let Some(row) = statement::maybe_row(session, locked, &[&id]).await? {
        return Ok(Generation::from_i64(row.try_get(0)?));
    }
    let insert = "insert into fence (customer_id, generation) values ($1, 0)
        on conflict (customer_id) do nothing";
    statement::run(session, insert, &[&id]).await?;
    let row = statement::row(session, locked, &[&id]).await?;
    Ok(Generation::from_i64(row.try_get(0)?))
}

/// Raises a customer's fence. The caller holds its lock; it is never lowered.
pub async fn raise<S: Session>(
    session: &S,
    customer: CustomerId,
    generation: Generation,
) -> Result<(), StoreError> {
    let sql = "update fence set generation = $2 where customer_id = $1 and generation < $2";
    statement::run(session, sql, &[&customer.as_i64(), &generation.as_i64()]).await?;
    Ok(())
}

/// Reads a customer's fence without waiting for anybody.
pub async fn read<S: Session>(
    session: &S,
    customer: CustomerId,
) -> Result<Option<Generation>, StoreError> {
    let sql = "select generation from fence where customer_id = $1";
    let row = statement::maybe_row(session, sql, &[&customer.as_i64()]).await?;
    row.map(|row| Ok(Generation::from_i64(row.try_get(0)?))).transpose()
}

/// The highest of all; reads the whole table, which is asked for when an archive recovers.
pub async fn highest<S: Session>(session: &S) -> Result<Generation, StoreError> {
    let sql = "select coalesce(max(generation), 0) from fence";
    let row = statement::row(session, sql, &[]).await?;
    Ok(Generation::from_i64(row.try_get(0)?))
}
