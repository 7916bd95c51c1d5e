//! Running statements: prepared once per connection, failures as [`StoreError`].
//!
//! Functions of a store take any of connection and transaction as `&impl Session`, so that the use
//! case decides what belongs together.

pub use deadpool_postgres::GenericClient as Session;
use platform::StoreError;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The parameters of a statement.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// All rows.
pub async fn rows<S: Session>(
    session: &S,
    sql: &str,
    params: Params<'_>,
) -> Result<Vec<Row>, StoreError> {
    let statement = session.prepare_cached(sql).await?;
    Ok(session.query(&statement, params).await?)
}

/// Exactly one row.
pub async fn row<S: Session>(
    session: &S,
    sql: &str,
    params: Params<'_>,
) -> Result<Row, StoreError> {
    let statement = session.prepare_cached(sql).await?;
    Ok(session.query_one(&statement, params).await?)
}

/// One row or none.
pub async fn maybe_row<S: Session>(
    session: &S,
    sql: &str,
    params: Params<'_>,
) -> Result<Option<Row>, StoreError> {
    let statement = session.prepare_cached(sql).await?;
    Ok(session.query_opt(&statement, params).await?)
}

/// How many rows it changed.
pub async fn run<S: Session>(
    session: &S,
    sql: &str,
    params: Params<'_>,
) -> Result<u64, StoreError> {
    let statement = session.prepare_cached(sql).await?;
    Ok(session.execute(&statement, params).await?)
}
