//! The only SQL of the launcher: accounts and databases in a fresh private PostgreSQL.
//!
//! Names and passwords are quoted by the server (`format('%I … %L')`), never spliced in here.
//! Everything can be repeated.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls};

use crate::failure::{Failure, Result};
use crate::render::servers::STANDBY;

/// How long a server may take to accept logins after a start, recovery included.
const READY_WITHIN: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// An account of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The role's name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// What it may do.
    pub may: May,
}

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// It owns the block's database.
    OwnDatabase,
    /// The same, and it says whether commits wait for the server's standby.
    OwnDatabaseAndStandby,
    /// It owns a schema of its own name.
    OwnSchema,
    /// It copies and follows the whole cluster.
    Follow,
}

impl May {
    fn owns_the_database(self) -> bool {
        matches!(self, Self::OwnDatabase | Self::OwnDatabaseAndStandby)
    }
}

/// Waits until the server accepts logins, and gives it the accounts and the database.
pub async fn prepare(port: u16, superuser_password: &str, accounts: &[Account]) -> Result<()> {
    let client = connect_when_ready(port, superuser_password, "postgres").await?;
    let work = async {
        for account in accounts {
            create_role(&client, account).await?;
        }
        let owner = accounts.iter().find(|account| account.may.owns_the_database());
        if let Some(owner) = owner {
            create_database(&client, &owner.name).await?;
        }
        Ok(())
    };
    work.await.map_err(|error| broken(port, &error))?;
    if let Some(owner) = accounts.iter().find(|one| one.may == May::OwnDatabaseAndStandby) {
        let client = connect_when_ready(port, superuser_password, "bulkhead").await?;
        grant_standby(&client, &owner.name).await.map_err(|error| broken(port, &error))?;
    }
    let schemas: Vec<&Account> =
        accounts.iter().filter(|account| account.may == May::OwnSchema).collect();
    if schemas.is_empty() {
        return Ok(());
    }
    let client = connect_when_ready(port, superuser_password, "bulkhead").await?;
    create_schemas(&client, &schemas).await.map_err(|error| broken(port, &error))
}

async fn create_role(
    client: &Client,
    account: &Account,
) -> std::result::Result<(), tokio_postgres::Error> {
    let found =
        client.query_opt("select 1 from pg_roles where rolname = $1", &[&account.name]).await?;
    if found.is_some() {
        return Ok(());
    }
    let statement = match account.may {
        May::Follow => "select format('create role %I login replication password %L', $1, $2)",
        _ => "select format('create role %I login password %L', $1, $2)",
    };
    let statement = statement.replace("$1", "$1::text").replace("$2", "$2::text");
    let row = client.query_one(&statement, &[&account.name, &account.password]).await?;
    client.batch_execute(row.get(0)).await
}

async fn create_database(
    client: &Client,
    owner: &str,
) -> std::result::Result<(), tokio_postgres::Error> {
    let found =
        client.query_opt("select 1 from pg_database where datname = 'bulkhead'", &[]).await?;
    if found.is_some() {
        return Ok(());
    }
    let statement = "select format('create database bulkhead owner %I', $1::text)";
    let row = client.query_one(statement, &[&owner]).await?;
    client.batch_execute(row.get(0)).await
}

/// The archive may be let go on without its standby, and waits for it again (protocol §4).
async fn grant_standby(
    client: &Client,
    owner: &str,
) -> std::result::Result<(), tokio_postgres::Error> {
    let statement = "select format(
        'grant alter system on parameter synchronous_standby_names to %1$I;
         grant execute on function pg_reload_conf() to %1$I', $1::text)";
    let row = client.query_one(statement, &[&owner]).await?;
    client.batch_execute(row.get(0)).await
}

/// A system's account works in a schema of its own and sees no other.
async fn create_schemas(
    client: &Client,
    accounts: &[&Account],
) -> std::result::Result<(), tokio_postgres::Error> {
    let statement = "select format(
        'create schema if not exists %1$I authorization %1$I;
         alter role %1$I in database bulkhead set search_path = %1$I', $1::text)";
    for account in accounts {
        let row = client.query_one(statement, &[&account.name]).await?;
        client.batch_execute(row.get(0)).await?;
    }
    Ok(())
}

/// A server of a pair, for the launcher's account.
pub struct Server {
    client: Client,
    port: u16,
}

impl Server {
    /// Waits until the server accepts logins.
    pub async fn reach(port: u16, superuser_password: &str) -> Result<Self> {
        let client = connect_when_ready(port, superuser_password, "postgres").await?;
        Ok(Self { client, port })
    }

    /// The same, without waiting.
    pub async fn reach_now(port: u16, superuser_password: &str) -> Result<Self> {
        let client = connect(port, superuser_password, "postgres")
            .await
            .map_err(|error| broken(port, &error))?;
        Ok(Self { client, port })
    }

    /// Keeps what a standby has not yet got, from now on.
    pub async fn keep_for_standby(&self) -> Result<()> {
        let statement = "select pg_create_physical_replication_slot($1::text::name)
             where not exists (select from pg_replication_slots where slot_name = $1::text::name)";
        self.ask(statement, &[&STANDBY]).await.map(|_rows| ())
    }

    /// Does its standby follow?
    pub async fn is_followed(&self) -> Result<bool> {
        let statement = "select from pg_stat_replication
             where application_name = $1 and state = 'streaming'";
        Ok(!self.ask(statement, &[&STANDBY]).await?.is_empty())
    }

    /// Reads its configuration again.
    pub async fn reload(&self) -> Result<()> {
        self.ask("select pg_reload_conf()", &[]).await.map(|_rows| ())
    }

    /// Is it a standby?
    pub async fn follows(&self) -> Result<bool> {
        let rows = self.ask("select pg_is_in_recovery()", &[]).await?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    /// Makes a standby the primary, with all that it received. Tells whether it is one in time.
    pub async fn promote(&self, within_s: i32) -> Result<bool> {
        let rows = self.ask("select pg_promote(true, $1)", &[&within_s]).await?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    async fn ask(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>> {
        let answer = self.client.query(statement, values).await;
        answer.map_err(|error| broken(self.port, &error))
    }
}

async fn connect(
    port: u16,
    password: &str,
    database: &str,
) -> std::result::Result<Client, tokio_postgres::Error> {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user("postgres")
        .password(password)
        .dbname(database)
        .application_name("bulkhead")
        .connect_timeout(Duration::from_secs(2));
    let (client, connection) = config.connect(NoTls).await?;
    // The connection works for as long as its client lives, and ends with it.
    platform::Tasks::new().spawn("database connection", async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a database ended");
        }
    });
    Ok(client)
}

async fn connect_when_ready(port: u16, password: &str, database: &str) -> Result<Client> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        match connect(port, password, database).await {
            Ok(client) => return Ok(client),
            // A wrong password will not become right by waiting.
            Err(error) if error.as_db_error().is_some_and(is_final) => {
                return Err(broken(port, &error));
            }
            Err(error) if Instant::now() >= deadline => return Err(broken(port, &error)),
            Err(_not_yet) => sleep(LOOK_EVERY).await,
        }
    }
}

fn is_final(error: &tokio_postgres::error::DbError) -> bool {
    use tokio_postgres::error::SqlState;
    [&SqlState::INVALID_PASSWORD, &SqlState::INVALID_AUTHORIZATION_SPECIFICATION]
        .contains(&error.code())
}

fn broken(port: u16, error: &tokio_postgres::Error) -> Failure {
    let reason = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    Failure::new("UP-DATABASE", format!("The database on port {port} cannot be used: {reason}."))
}
