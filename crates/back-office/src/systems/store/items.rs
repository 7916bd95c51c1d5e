//! The items of a product list.

use common::CustomerId;
use platform::StoreError;
use serde_json::Value;
use tokio_postgres::types::Json;

use super::{Session, rows};

pub(super) const LIST: &str = "select body from item where customer_id = $1 order by id";

pub(in crate::systems) async fn list(
    db: &impl Session,
    customer: CustomerId,
) -> Result<Vec<Value>, StoreError> {
    let found = rows(db, LIST, &[&customer.as_i64()]).await?;
    let body = |row: &tokio_postgres::Row| {
        let Json(body) = row.try_get(0)?;
        Ok(body)
    };
    found.iter().map(body).collect()
}
