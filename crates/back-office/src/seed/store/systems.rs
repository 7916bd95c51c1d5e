//! The systems' tables, each through its system's own account.

use common::CustomerId;
use platform::StoreError;
use tokio_postgres::Transaction;

use super::super::copy::Rows;
use super::copy;
use crate::systems::System;

/// The last customer that was loaded. Keeps a second load out until this one ends.
pub(in crate::seed) async fn loaded_through(
    transaction: &Transaction<'_>,
) -> Result<CustomerId, StoreError> {
    transaction.batch_execute("lock table setting in share row exclusive mode").await?;
    let sql = "select (value #>> '{}')::bigint from setting where name = 'loaded_through'";
    let row = transaction.query_opt(sql, &[]).await?;
    let id = row.map(|row| row.try_get(0)).transpose()?;
    Ok(CustomerId::from_i64(id.unwrap_or(0)))
}

pub(in crate::seed) async fn set_loaded_through(
    transaction: &Transaction<'_>,
    customer: CustomerId,
) -> Result<(), StoreError> {
    let sql = "insert into setting (name, value) values ('loaded_through', to_jsonb($1::bigint))
        on conflict (name) do update set value = excluded.value";
    transaction.execute(sql, &[&customer.as_i64()]).await?;
    Ok(())
}

/// Sends rows to the table in which this system keeps what customers have.
pub(in crate::seed) async fn copy_to(
    transaction: &Transaction<'_>,
    system: System,
    rows: Rows,
) -> Result<u64, StoreError> {
    let sql = match system {
        System::Cards => {
            "copy card (id, customer_id, name, last4, account, expires) from stdin binary"
        }
        System::Deposits => {
            "copy deposit (id, customer_id, product_id, name, amount_minor, currency, rate_bp,
            opened_at, matures_on) from stdin binary"
        }
        _ => "copy item (customer_id, id, body) from stdin binary",
    };
    copy(transaction, sql, rows).await
}

/// Tells the planner what was loaded, without waiting for the server to notice.
pub(in crate::seed) async fn analyze(
    transaction: &Transaction<'_>,
    system: System,
) -> Result<(), StoreError> {
    let sql = match system {
        System::Cards => "analyze card",
        System::Deposits => "analyze deposit",
        _ => "analyze item",
    };
    transaction.batch_execute(sql).await?;
    Ok(())
}
