//! Devices from which a customer has proved himself.

use common::Timestamp;
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::block::Scope;

/// The device with this secret, if it is one of the customer's.
pub async fn find(
    db: &Connection,
    scope: &Scope,
    secret_hash: &[u8; 32],
) -> Result<Option<Uuid>, StoreError> {
    let sql = "select device_id from device where customer_id = $1 and secret_hash = $2";
    let row = db.row_opt(sql, &[&scope.customer.as_i64(), &secret_hash.as_slice()]).await?;
    Ok(row.map(|row| row.get("device_id")))
}

/// Adds a device.
pub async fn insert(
    tx: &Transaction<'_>,
    scope: &Scope,
    device: Uuid,
    secret_hash: &[u8; 32],
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into device (device_id, customer_id, secret_hash, name, created_at)
        values ($1, $2, $3, $4, $5)";
    let at = OffsetDateTime::from(now);
    let customer = scope.customer.as_i64();
    tx.run(sql, &[&device, &customer, &secret_hash.as_slice(), &name, &at]).await?;
    Ok(())
}
