//! The items of a product list.

use common::CustomerId;
use platform::StoreError;
use serde_json::Value;
use tokio_postgres::types::Json;

use super::{Session, rows};

pub(in crate::systems) async fn list(
    db: &impl Session,
    customer: CustomerId,
) -> Result<Vec<Value>, StoreError> {
    let sql = "select body from item where customer_id = $1 order by id";
    let found = rows(db, sql, &[&customer.as_i64()]).await?;
    let body = |row: &tokio_postgres::Row| {
        let Json(body) = row.try_get(0)?;
        Ok(body)
    };
    found.iter().map(body).collect()
}
