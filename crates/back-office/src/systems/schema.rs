//! The systems' tables: every system migrates its own schema with its own account, so that it
//! cannot even make a table elsewhere.

use sqlx::migrate::Migrator;

use super::catalogue::{Shape, System};
use super::config::Config;

static LIST: Migrator = sqlx::migrate!("./migrations-systems/list");
static CARDS: Migrator = sqlx::migrate!("./migrations-systems/cards");
static DEPOSITS: Migrator = sqlx::migrate!("./migrations-systems/deposits");
static PAYMENTS: Migrator = sqlx::migrate!("./migrations-systems/payments");
static CASH: Migrator = sqlx::migrate!("./migrations-systems/cash");
static RISK: Migrator = sqlx::migrate!("./migrations-systems/risk");
static MESSAGES: Migrator = sqlx::migrate!("./migrations-systems/messages");

/// The migrations of a system.
pub(super) fn of(system: System) -> &'static Migrator {
    match system.shape() {
        Shape::List => &LIST,
        Shape::Cards => &CARDS,
        Shape::Deposits => &DEPOSITS,
        Shape::Payments => &PAYMENTS,
        Shape::Cash => &CASH,
        Shape::Risk => &RISK,
        Shape::Messages => &MESSAGES,
    }
}

/// Why the systems' schemas could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A system is not known.
    #[error("the systems cannot be migrated")]
    Config(#[from] platform::config::ConfigError),
    /// A migration failed.
    #[error("the schema of {system} cannot be brought up to date")]
    Schema {
        /// Whose.
        system: System,
        /// Why.
        #[source]
        source: platform::schema::SchemaError,
    },
}

/// Brings the schemas of all configured systems up to this version. Each account and the schema
/// of its name must exist: making accounts is the launcher's or an administrator's business.
pub async fn migrate_all(config: &Config) -> Result<(), MigrateError> {
    for (system, at) in config.named()? {
        platform::schema::migrate(&at.database_url, of(system))
            .await
            .map_err(|source| MigrateError::Schema { system, source })?;
        tracing::info!(%system, "the schema is up to date");
    }
    Ok(())
}
