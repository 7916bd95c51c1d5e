//! Migrations, as a step of their own before a service starts (ADR 0006).

use sqlx::Connection as _;
use sqlx::PgConnection;
use sqlx::migrate::{MigrateError, Migrator};

use crate::failure::StoreError;
use crate::pg::Connection;

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database cannot be reached.
    #[error("the database cannot be reached for its migrations")]
    Unreachable(#[source] sqlx::Error),
    /// A migration failed; the ones before it stay applied.
    #[error("a migration failed")]
    Failed(#[source] MigrateError),
}

/// Applies the migrations that `url`'s database lacks. Migrations only expand, so a database that
/// is ahead of this version is in order: the older binary runs on the newer schema.
///
/// Of several hosts in `url` it is the one that takes writes.
pub async fn migrate(url: &str, migrations: &Migrator) -> Result<(), SchemaError> {
    let mut connection = connect(url).await.map_err(SchemaError::Unreachable)?;
    let mut own = Migrator::with_migrations(migrations.iter().cloned().collect());
    own.set_ignore_missing(true);
    own.run_direct(None, &mut connection, false).await.map_err(SchemaError::Failed)?;
    connection.close().await.map_err(SchemaError::Unreachable)
}

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    let hosts = single_hosts(url);
    let mut failure = None;
    for host in &hosts {
        match writable(host).await {
            Ok(Some(connection)) => return Ok(connection),
            Ok(None) => {}
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| sqlx::Error::Configuration("no host takes writes".into())))
}

/// A connection, unless the server is a standby.
async fn writable(url: &str) -> Result<Option<PgConnection>, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let standby: bool =
        sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(&mut connection).await?;
    Ok((!standby).then_some(connection))
}

/// A database's address once for each of its hosts: this driver knows one host only.
fn single_hosts(url: &str) -> Vec<String> {
    let whole = || vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return whole() };
    let Some((authority, path)) = rest.split_once('/') else { return whole() };
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), authority),
    };
    if !hosts.contains(',') {
        return whole();
    }
    let path = path.split('?').next().unwrap_or(path);
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}/{path}")).collect()
}

/// Is the database's schema at least that of `migrations`? Otherwise the service is not ready.
pub async fn is_current(
    connection: &Connection,
    migrations: &Migrator,
) -> Result<bool, StoreError> {
    let wanted = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    let row = connection
        .query_opt(
            "select 1 from pg_tables
             where schemaname = current_schema() and tablename = '_sqlx_migrations'",
            &[],
        )
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    let row = connection
        .query_one("select coalesce(max(version), 0) from _sqlx_migrations where success", &[])
        .await?;
    Ok(row.get::<_, i64>(0) >= wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_are_taken_apart() {
        let url = "postgres://u:p@127.0.0.1:1,127.0.0.1:2/b?target_session_attrs=read-write";
        let found = single_hosts(url);
        assert_eq!(found, ["postgres://u:p@127.0.0.1:1/b", "postgres://u:p@127.0.0.1:2/b"]);
        for one in ["postgres://h/b?sslmode=disable", "nonsense"] {
            assert_eq!(single_hosts(one), [one]);
        }
    }
}
