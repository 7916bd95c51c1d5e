//! The gateway's SQL, one table or topic a file.

pub mod bookings;
pub mod cash;
pub mod courses;
pub mod customers;
pub mod daily;
pub mod fence;
pub mod intents;
pub mod records;
pub mod reference;

use platform::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::migrate::Migrator;

/// The schema of the gateway and the ledger.
pub fn migrations() -> Migrator {
    sqlx::migrate!("./migrations")
}

/// A value of ours as a `json` column holds it.
fn to_json<T: Serialize>(value: &T, what: &'static str) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|_| StoreError::Unreadable { what })
}

/// A value of ours from a `json` column.
fn from_json<T: DeserializeOwned>(value: Value, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(|_| StoreError::Unreadable { what })
}
