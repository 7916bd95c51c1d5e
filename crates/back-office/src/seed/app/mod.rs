//! Loading: the ledger in one transaction, every system in one of its own, side by side.

mod feed;
mod ledger;
mod systems;

use common::{CustomerId, Timestamp};
use platform::failure::StoreError;
use platform::service::Fatal;
use platform::{Failure, Tasks};
use tokio_postgres::{Client, NoTls};

use super::Customer;
use super::products::HOLDING;
use crate::systems::Config;

/// What was loaded.
#[derive(Debug, Default)]
pub struct Loaded {
    /// New customers in the ledger.
    pub customers: u64,
    /// Rows by table or system, in the order in which they are told.
    pub rows: Vec<(String, u64)>,
}

/// Loads what these customers have and is not there yet: into the ledger of `config.database` and
/// into those of `config.systems` that have something of customers.
pub async fn load(
    config: &Config,
    customers: Vec<Customer>,
    now: Timestamp,
) -> Result<Loaded, Fatal> {
    let today = super::midnight(now);
    let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.customer_id).collect();
    let ledger = ledger::load(&config.database.url, customers, today);
    let systems = async {
        // One after the other: with the ledger beside them two connections are busy.
        let mut rows = Vec::new();
        for (system, at) in config.named()? {
            if HOLDING.contains(&system) {
                let count = systems::load(&at.database_url, system, &ids, today).await?;
                rows.push((system.name().to_owned(), count));
            }
        }
        Ok::<_, Fatal>(rows)
    };
    let ledger = async { ledger.await.map_err(Fatal::from) };
    let (mut loaded, systems) = tokio::try_join!(ledger, systems)?;
    loaded.rows.extend(systems);
    Ok(loaded)
}

/// A connection of its own, outside every pool and without its time-outs: a load takes long.
async fn connect(url: &str, tasks: &Tasks) -> Result<Client, Failure> {
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) =
        connected.map_err(|error| StoreError::NoConnection(Box::new(error)))?;
    tasks.spawn("seed connection", async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended");
        }
    });
    Ok(client)
}
