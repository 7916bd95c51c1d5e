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
pub async fn migrate(url: &str, migrations: &Migrator) -> Result<(), SchemaError> {
    let mut connection = PgConnection::connect(url).await.map_err(SchemaError::Unreachable)?;
    let mut own = Migrator::with_migrations(migrations.iter().cloned().collect());
    own.set_ignore_missing(true);
    own.run_direct(None, &mut connection, false).await.map_err(SchemaError::Failed)?;
    connection.close().await.map_err(SchemaError::Unreachable)
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
