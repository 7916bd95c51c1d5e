//! Loading one system, all or nothing, through its own account.

use common::{CustomerId, Timestamp};
use platform::{Failure, Tasks};

use super::connect;
use super::feed::Feed;
use crate::seed::products;
use crate::seed::store::systems;
use crate::systems::System;

/// Customers in one COPY.
const CUSTOMERS_AT_ONCE: usize = 10_000;

/// Loads what these customers, in the order of their ids, have in the system; how many rows.
pub(super) async fn load(
    url: &str,
    system: System,
    customers: &[CustomerId],
    today: Timestamp,
) -> Result<u64, Failure> {
    let tasks = Tasks::new();
    let mut client = connect(url, &tasks).await?;
    let transaction = client.transaction().await?;
    let through = systems::loaded_through(&transaction).await?;
    let first = customers.partition_point(|customer| *customer <= through);
    let Some(last) = customers[first..].last() else {
        return Ok(0);
    };
    let parts = customers[first..].chunks(CUSTOMERS_AT_ONCE).map(<[_]>::to_vec).collect();
    let make = move |part: Vec<CustomerId>| products::rows(system, &part, today);
    let mut feed = Feed::of(parts, make);
    let mut count = 0;
    while let Some(rows) = feed.next().await? {
        count += systems::copy_to(&transaction, system, rows).await?;
    }
    systems::set_loaded_through(&transaction, *last).await?;
    systems::analyze(&transaction, system).await?;
    transaction.commit().await?;
    Ok(count)
}
