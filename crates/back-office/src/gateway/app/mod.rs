//! The gateway's use cases, one a file. Only here and in `worker/` transactions are opened, and
//! none is open during a call to another system.

pub mod bookings;
pub mod cash_code;
pub mod customers;
pub mod execute;
pub mod facts;
pub mod fence;
pub mod foreign;
pub mod payees;
pub mod products;
pub mod reference;
pub mod risk;
pub mod transactions;
pub mod verify;
pub mod void;

use std::collections::BTreeMap;
use std::time::Duration;

use common::gateway::decide;
use common::problem::{Code, Refusal};
use common::wire::gateway::CustomerQuery;
use platform::config::ConfigError;
use platform::pg::Db;
use platform::rpc::{Caller, Peer};
use platform::{Clock, Failure};

use super::store::fence as fence_store;
use crate::config::{self, Config};

/// What use cases and workers have at hand.
pub struct Gateway {
    /// For requests.
    pub(crate) db: Db,
    /// For repairs: what they cost is bounded by these few connections (A11).
    pub(crate) repairs: Db,
    /// The gateway's clock: the one that `valid_until` is compared with.
    pub(crate) clock: Clock,
    /// The foreign systems by name.
    systems: BTreeMap<String, Peer>,
    /// Bounds.
    pub(crate) bounds: config::Gateway,
}

impl Gateway {
    /// A gateway over its configured database and systems. Connects when first used.
    pub fn new(config: &Config, clock: Clock) -> Result<Self, ConfigError> {
        let caller =
            Caller { service: config.service.name.clone(), token: config.identity.token.clone() };
        let mut systems = BTreeMap::new();
        for (name, peer) in &config.peers {
            let peer = Peer::over(name, &peer.urls, caller.clone(), &config.rpc)?;
            systems.insert(name.clone(), peer);
        }
        let repairs = platform::config::Database {
            pool_max: config.gateway.repair_pool_max,
            ..config.database.clone()
        };
        Ok(Self {
            db: Db::new(&config.database, &config.service.process)?,
            repairs: Db::new(&repairs, &format!("{}-repairs", config.service.process))?,
            clock,
            systems,
            bounds: config.gateway.clone(),
        })
    }

    /// A foreign system.
    pub(crate) fn system(&self, name: &str) -> Result<&Peer, Failure> {
        self.systems.get(name).ok_or_else(|| {
            Failure::Broken(format!("no address of the system {name} is configured"))
        })
    }

    /// How long a foreign system may take to answer a question.
    pub(crate) fn question_time(&self) -> Duration {
        Duration::from_millis(self.bounds.foreign_question_ms)
    }

    /// Refuses to tell a superseded block anything of a customer (protocol §5).
    pub(crate) async fn admit(&self, query: &CustomerQuery) -> Result<(), Failure> {
        let connection = self.db.connection().await?;
        let fence = fence_store::read(&connection, query.customer_id).await?;
        match decide::superseded(fence, query.generation) {
            Some(fence) => {
                let detail = format!("The customer's fence is {fence}.");
                Err(Refusal::new(Code::Superseded).detail(detail).into())
            }
            None => Ok(()),
        }
    }
}
