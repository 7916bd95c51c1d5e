//! Which customers' home block and payee directory lack what the directory has.

use std::time::Duration;

use common::CustomerId;
use platform::StoreError;
use sqlx::PgConnection;

/// Customers to be told about now, at most `limit`.
pub async fn due(connection: &mut PgConnection, limit: u32) -> Result<Vec<CustomerId>, StoreError> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "select customer_id from customer
          where settled_revision < revision and state = 'active' and settle_after <= now()
          order by settle_after limit $1",
    )
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(CustomerId::from_i64).collect())
}

/// Both have `revision` of this customer.
pub async fn settled(
    connection: &mut PgConnection,
    id: CustomerId,
    revision: u64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update customer
            set settled_revision = greatest(settled_revision, $2), settle_attempts = 0
          where customer_id = $1",
    )
    .bind(id.as_i64())
    .bind(i64::try_from(revision).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// One of them could not be told: again after `first`, twice as long each time, at most `longest`.
pub async fn postpone(
    connection: &mut PgConnection,
    id: CustomerId,
    first: Duration,
    longest: Duration,
) -> Result<(), StoreError> {
    sqlx::query(
        "update customer
            set settle_after = now() + make_interval(
                    secs => least($2 * power(2, least(settle_attempts, 30)), $3)),
                settle_attempts = settle_attempts + 1
          where customer_id = $1",
    )
    .bind(id.as_i64())
    .bind(first.as_secs_f64())
    .bind(longest.as_secs_f64())
    .execute(connection)
    .await?;
    Ok(())
}
