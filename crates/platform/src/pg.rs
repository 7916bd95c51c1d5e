//! PostgreSQL on the path of customers: a bounded pool that follows the database's failover.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::{Config, NoTls};

use crate::config::{ConfigError, Database};
use crate::failure::StoreError;

/// A connection from the pool; goes back when dropped.
pub type Connection = deadpool_postgres::Object;

/// The block's database.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
}

impl Db {
    /// A pool over the configured database. Connects when first used, so that a service starts
    /// before its database does.
    pub fn new(config: &Database, application: &str) -> Result<Self, ConfigError> {
        let inconsistent = |text: String| ConfigError::Inconsistent(text);
        let mut pg: Config = config
            .url
            .parse()
            .map_err(|error| inconsistent(format!("database.url cannot be read: {error}")))?;
        pg.application_name(application);
        pg.connect_timeout(Duration::from_millis(config.acquire_timeout_ms));
        pg.target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite);
        pg.options(format!(
            "-c statement_timeout={} -c idle_in_transaction_session_timeout={}",
            config.statement_timeout_ms, config.idle_in_transaction_timeout_ms
        ));
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let wait = Some(Duration::from_millis(config.acquire_timeout_ms));
        let pool = Pool::builder(Manager::from_config(pg, NoTls, recycling))
            .max_size(config.pool_max)
            .timeouts(Timeouts {
                wait,
                create: wait,
                recycle: wait,
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| inconsistent(format!("database pool: {error}")))?;
        Ok(Self { pool })
    }

    /// A connection, waited for at most the configured time.
    pub async fn connection(&self) -> Result<Connection, StoreError> {
        self.pool
            .get()
            .await
            .map_err(|error| StoreError::NoConnection(Box::new(error)))
    }
}
