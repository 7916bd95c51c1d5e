//! PostgreSQL on the path of customers: a bounded pool that follows the database's failover.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

pub use deadpool_postgres::GenericClient;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Row, Socket};

use crate::config::{ConfigError, Database};
use crate::failure::StoreError;

/// A connection from the pool; goes back when dropped.
pub type Connection = deadpool_postgres::Object;

/// The block's database.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    config: Config,
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
        let apart = pg.clone();
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let wait = Some(Duration::from_millis(config.acquire_timeout_ms));
        let pool = Pool::builder(Manager::from_config(pg, NoTls, recycling))
            .max_size(config.pool_max)
            .timeouts(Timeouts { wait, create: wait, recycle: wait })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| inconsistent(format!("database pool: {error}")))?;
        Ok(Self { pool, config: apart })
    }

    /// A connection, waited for at most the configured time.
    pub async fn connection(&self) -> Result<Connection, StoreError> {
        self.pool.get().await.map_err(|error| StoreError::NoConnection(Box::new(error)))
    }

    /// Listens on a connection of its own, which is closed when the notices are dropped. What was
    /// said before is missed: look once after this.
    pub async fn listen(&self, channels: &[&str]) -> Result<Notices, StoreError> {
        let (client, mut connection) = self.config.connect(NoTls).await?;
        let names: Vec<String> = channels.iter().map(|name| format!("listen {name}")).collect();
        let names = names.join(";");
        let mut heard = VecDeque::new();
        {
            // A connection goes on only while it is polled.
            let mut listening = pin!(client.batch_execute(&names));
            loop {
                tokio::select! {
                    done = &mut listening => break done?,
                    message = poll_fn(|cx| connection.poll_message(cx)) => match message {
                        Some(Ok(message)) => heard.extend(notice(message)),
                        Some(Err(error)) => return Err(error.into()),
                        None => {}
                    },
                }
            }
        }
        Ok(Notices { connection, heard, _client: client })
    }
}

/// What other processes say to whoever listens to the database (`pg_notify`).
pub struct Notices {
    connection: tokio_postgres::Connection<Socket, NoTlsStream>,
    heard: VecDeque<(String, String)>,
    _client: Client,
}

impl Notices {
    /// The next channel and text; nothing once the connection is lost.
    pub async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Some(heard);
            }
            let message = poll_fn(|cx| self.connection.poll_message(cx)).await?.ok()?;
            self.heard.extend(notice(message));
        }
    }
}

fn notice(message: AsyncMessage) -> Option<(String, String)> {
    let AsyncMessage::Notification(notice) = message else { return None };
    Some((notice.channel().to_owned(), notice.payload().to_owned()))
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
