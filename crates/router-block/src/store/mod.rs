//! All SQL of the router. It reads and writes the directory, the feed of its changes, the copy of
//! the register and the router's secrets; it opens no transaction and decides nothing.

pub mod administrators;
pub mod changes;
pub mod customers;
pub mod import;
pub mod placements;
pub mod schema;
pub mod secrets;
pub mod settling;

use std::str::FromStr as _;
use std::time::Duration;

use platform::StoreError;
use platform::config::{ConfigError, Database};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgPool};

/// A pool over the configured database. It connects when first used, so that the router starts
/// before its database does.
pub fn pool(config: &Database, application: &str) -> Result<PgPool, ConfigError> {
    let options = PgConnectOptions::from_str(&config.url)
        .map_err(|error| ConfigError::Inconsistent(format!("database.url: {error}")))?
        .application_name(application)
        // Its warnings quote whole statements, and imports are slow on purpose; what fails or runs
        // too long is logged by whoever asked.
        .disable_statement_logging()
        .options([
            ("statement_timeout", config.statement_timeout_ms.to_string()),
            (
                "idle_in_transaction_session_timeout",
                config.idle_in_transaction_timeout_ms.to_string(),
            ),
        ]);
    let size = u32::try_from(config.pool_max)
        .map_err(|_| ConfigError::Inconsistent("database.pool_max is too large".to_owned()))?;
    Ok(PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
        .connect_lazy_with(options))
}

/// Lets the running transaction take as long as it needs: loading and importing a whole directory.
pub async fn without_time_limit(connection: &mut sqlx::PgConnection) -> Result<(), StoreError> {
    sqlx::query("set local statement_timeout = 0").execute(&mut *connection).await?;
    sqlx::query("set local idle_in_transaction_session_timeout = 0").execute(connection).await?;
    Ok(())
}

/// Reads a value that an older or newer version may have written.
fn parsed<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable { what })
}
