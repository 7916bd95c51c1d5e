//! PostgreSQL on the path of customers: a bounded pool that follows the database's failover.

use std::future::Future;
use std::time::Duration;

pub use deadpool_postgres::GenericClient;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

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
        // Planned once: for statements over arrays PostgreSQL would plan every execution anew,
        // because a plan for any number of elements looks dearer than one for those at hand.
        pg.options(format!(
            "-c plan_cache_mode=force_generic_plan \
             -c statement_timeout={} -c idle_in_transaction_session_timeout={}",
            config.statement_timeout_ms, config.idle_in_transaction_timeout_ms
        ));
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let wait = Some(Duration::from_millis(config.acquire_timeout_ms));
        let pool = Pool::builder(Manager::from_config(pg, NoTls, recycling))
            .max_size(config.pool_max)
            .timeouts(Timeouts { wait, create: wait, recycle: wait })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| inconsistent(format!("database pool: {error}")))?;
        Ok(Self { pool })
    }

    /// A connection, waited for at most the configured time.
    pub async fn connection(&self) -> Result<Connection, StoreError> {
        self.pool.get().await.map_err(|error| StoreError::NoConnection(Box::new(error)))
    }
}

/// A transaction on a pooled connection. Rolled back when dropped without a commit.
pub type Transaction<'a> = deadpool_postgres::Transaction<'a>;

/// Statements by their text, prepared once per connection. For connections and transactions.
pub trait Sql: GenericClient {
    /// All rows.
    fn rows(&self, sql: &str, params: Params<'_>) -> impl Future<Output = Rows> + Send {
        async move {
            let statement = self.prepare_cached(sql).await?;
            Ok(self.query(&statement, params).await?)
        }
    }

    /// Exactly one row.
    fn row(&self, sql: &str, params: Params<'_>) -> impl Future<Output = OneRow> + Send {
        async move {
            let statement = self.prepare_cached(sql).await?;
            Ok(self.query_one(&statement, params).await?)
        }
    }

    /// One row or none.
    fn row_opt(&self, sql: &str, params: Params<'_>) -> impl Future<Output = MaybeRow> + Send {
        async move {
            let statement = self.prepare_cached(sql).await?;
            Ok(self.query_opt(&statement, params).await?)
        }
    }

    /// The number of rows changed.
    fn run(&self, sql: &str, params: Params<'_>) -> impl Future<Output = Changed> + Send {
        async move {
            let statement = self.prepare_cached(sql).await?;
            Ok(self.execute(&statement, params).await?)
        }
    }
}

impl<C: GenericClient> Sql for C {}

/// The values of a statement.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];
type Rows = Result<Vec<Row>, StoreError>;
type OneRow = Result<Row, StoreError>;
type MaybeRow = Result<Option<Row>, StoreError>;
type Changed = Result<u64, StoreError>;
