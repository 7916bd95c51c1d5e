//! PostgreSQL for tests: one private cluster per test binary, a database per test.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use sqlx::migrate::{Migration, Migrator};
use tokio::sync::{Mutex, OnceCell};
use tokio_postgres::NoTls;

use crate::server::{Server, free_port};
use crate::wait::eventually_within;

/// How long the cluster may take to come up on a busy machine.
const START: Duration = Duration::from_mins(1);

const RUN: &str = r#"
"$BIN/initdb" -D "$dir/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --no-sync --no-instructions >"$dir/log" 2>&1 &&
{ "$BIN/postgres" -D "$dir/data" -p "$PORT" -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories= -c max_connections=400 -c shared_buffers=64MB -c fsync=off \
  -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=4GB \
  -c timezone=UTC >>"$dir/log" 2>&1 & server=$!; }
"#;

/// A private PostgreSQL cluster. Ends when dropped, and with the process at the latest.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    databases: Mutex<Databases>,
    _server: Server,
}

#[derive(Debug, Default)]
struct Databases {
    made: u32,
    /// Migrated databases that are copied, by what was applied to them.
    templates: HashMap<Key, String>,
}

/// A database of a test's own.
#[derive(Clone, Debug)]
pub struct TestDb {
    /// As superuser.
    pub url: String,
}

/// The cluster of this test binary, started by the first who asks.
pub async fn postgres() -> &'static Postgres {
    static SHARED: OnceCell<Postgres> = OnceCell::const_new();
    SHARED.get_or_init(Postgres::start).await
}

impl Postgres {
    /// A cluster that nobody else uses, for tests that stop it.
    pub async fn start() -> Self {
        let port = free_port();
        let bin = binaries().display().to_string();
        let variables = [("BIN", bin.as_str()), ("PORT", &port.to_string())];
        let server = Server::start(RUN, "QUIT", &variables);
        let postgres = Self { port, databases: Mutex::default(), _server: server };
        let url = postgres.url("postgres");
        eventually_within(START, "PostgreSQL answers", || async { client(&url).await.is_ok() })
            .await;
        postgres
    }

    /// The URL of a database of this cluster, as superuser.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A fresh database with these migrations applied; copied from a template that is migrated
    /// once.
    pub async fn database(&self, migrations: &Migrator) -> TestDb {
        let mut databases = self.databases.lock().await;
        let template = self.template(&mut databases, migrations).await;
        self.next(&mut databases, &format!("template {template}")).await
    }

    /// A fresh database without anything in it.
    pub async fn empty_database(&self) -> TestDb {
        let mut databases = self.databases.lock().await;
        self.next(&mut databases, "").await
    }

    async fn template(&self, databases: &mut Databases, migrations: &Migrator) -> String {
        let key = key_of(migrations);
        if let Some(template) = databases.templates.get(&key) {
            return template.clone();
        }
        let template = format!("template_{}", databases.templates.len());
        self.create(&format!("create database {template}")).await;
        if let Err(error) = platform::schema::migrate(&self.url(&template), migrations).await {
            panic!("the migrations fail: {}", platform::failure::chain(&error));
        }
        databases.templates.insert(key, template.clone());
        template
    }

    async fn next(&self, databases: &mut Databases, like: &str) -> TestDb {
        databases.made += 1;
        let name = format!("test_{}", databases.made);
        self.create(&format!("create database {name} {like}")).await;
        TestDb { url: self.url(&name) }
    }

    async fn create(&self, statement: &str) {
        let made = match client(&self.url("postgres")).await {
            Ok(client) => client.batch_execute(statement).await,
            Err(error) => Err(error),
        };
        if let Err(error) = made {
            panic!("{statement}: {}", platform::failure::chain(&error));
        }
    }
}

impl TestDb {
    /// Ends every connection and lets nobody in any more: the database is away.
    pub async fn cut_off(&self) {
        let Some((cluster, name)) = self.url.rsplit_once('/') else {
            panic!("no database in {}", self.url)
        };
        let other = Self { url: format!("{cluster}/postgres") }.client().await;
        let shut = format!("alter database {name} allow_connections false");
        let end = format!(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where datname = '{name}'"
        );
        for statement in [shut, end] {
            if let Err(error) = other.batch_execute(&statement).await {
                panic!("{statement}: {}", platform::failure::chain(&error));
            }
        }
    }

    /// A connection beside those of the program under test, to look at and to change rows.
    pub async fn client(&self) -> tokio_postgres::Client {
        client(&self.url).await.unwrap_or_else(|error| {
            panic!("no connection to {}: {}", self.url, platform::failure::chain(&error))
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection's task ends with its client, within one test"
)]
async fn client(url: &str) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        // The client sees the error of its own statement.
        drop(connection.await);
    });
    Ok(client)
}

/// What tells one set of migrations from another one.
type Key = Vec<Vec<u8>>;

fn key_of(migrations: &Migrator) -> Key {
    let checksum = |migration: &Migration| migration.checksum.to_vec();
    migrations.iter().map(checksum).collect()
}

/// The programs of the newest PostgreSQL.
fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").is_file())
        .max_by_key(|bin| version_of(bin));
    newest.unwrap_or_else(|| {
        let output = Command::new("pg_config").arg("--bindir").output();
        let output = output.unwrap_or_else(|_| panic!("PostgreSQL is missing: make test"));
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    })
}

fn version_of(bin: &std::path::Path) -> u32 {
    let version = bin.parent().and_then(|version| version.file_name());
    version.and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}
