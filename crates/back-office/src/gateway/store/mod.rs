//! The gateway's SQL.

use sqlx::migrate::Migrator;

/// The schema of the gateway and the ledger.
pub fn migrations() -> Migrator {
    sqlx::migrate!("./migrations")
}
