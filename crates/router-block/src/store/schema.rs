//! The schema of the router's database and whether it is there.

use platform::StoreError;
use sqlx::PgConnection;
use sqlx::migrate::Migrator;

/// The migrations of this crate, in order.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Is the database's schema at least this version's? A newer one is fine (ADR 0006).
pub async fn is_current(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let known: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !known {
        return Ok(false);
    }
    let applied: i64 =
        sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations where success")
            .fetch_one(connection)
            .await?;
    let wanted = MIGRATIONS.iter().map(|migration| migration.version).max();
    Ok(applied >= wanted.unwrap_or(0))
}
