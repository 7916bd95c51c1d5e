//! The only SQL of the launcher: accounts and databases in a fresh private PostgreSQL.
//!
//! Names and passwords are quoted by the server (`format('%I … %L')`), never spliced in here.
//! Everything can be repeated.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Config, NoTls};

use crate::failure::{Failure, Result};

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
    /// Does it own the block's database, or only a schema of its own name?
    pub owns_database: bool,
}

/// Waits until the server accepts logins, and gives it the accounts and the database.
pub async fn prepare(port: u16, superuser_password: &str, accounts: &[Account]) -> Result<()> {
    let client = connect_when_ready(port, superuser_password, "postgres").await?;
    let work = async {
        for account in accounts {
            create_role(&client, account).await?;
        }
        let owner = accounts.iter().find(|account| account.owns_database);
        if let Some(owner) = owner {
            create_database(&client, &owner.name).await?;
        }
        Ok(())
    };
    work.await.map_err(|error| broken(port, &error))?;
    let schemas: Vec<&Account> = accounts.iter().filter(|account| !account.owns_database).collect();
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
    let statement = "select format('create role %I login password %L', $1::text, $2::text)";
    let row = client.query_one(statement, &[&account.name, &account.password]).await?;
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

async fn connect_when_ready(port: u16, password: &str, database: &str) -> Result<Client> {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user("postgres")
        .password(password)
        .dbname(database)
        .application_name("bulkhead")
        .connect_timeout(Duration::from_secs(2));
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        match config.connect(NoTls).await {
            Ok((client, connection)) => {
                // The connection works for as long as its client lives, and ends with it.
                platform::Tasks::new().spawn("database connection", async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection to a database ended");
                    }
                });
                return Ok(client);
            }
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
