//! All systems, running in the test's process on ports of their own, over a fresh database.

use std::time::Duration;

use back_office::foreign::{ORDERS, Order, OrderAnswer, PlaceOrder};
use back_office::systems::Config;
use back_office::systems::{System, Systems, start};
use common::wire::systems::{SystemMode, SystemStatus};
use common::{CustomerId, OperationId, Timestamp};
use platform::rpc::{CallError, Caller, Peer, Request};
use platform::{Clock, Tasks};
use testkit::TestDb;

use super::database::{back_office_database, config, token_of};

/// Longer than anything here takes.
pub(crate) const WITHIN: Duration = Duration::from_secs(10);

/// The systems and what a test needs beside them.
pub(crate) struct Simulation {
    pub(crate) db: TestDb,
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) systems: Systems,
    tasks: Tasks,
}

impl Simulation {
    /// Everything up, nobody has anything.
    pub(crate) async fn start() -> Self {
        let db = back_office_database().await;
        let config = config(&db);
        Self::over(db, config).await
    }

    /// Started again over the same database.
    pub(crate) async fn restart(self) -> Self {
        let Self { db, config, .. } = self.stop().await;
        Self::over(db, config).await
    }

    pub(crate) async fn over(db: TestDb, config: Config) -> Self {
        let clock = Clock::by_hand(Timestamp::from_unix_ms(1_770_000_000_000));
        let tasks = Tasks::new();
        let systems = start(&config, clock.clone(), &tasks).await.unwrap();
        assert!(systems.settled(WITHIN).await);
        Self { db, config, clock, systems, tasks }
    }

    pub(crate) async fn stop(self) -> Self {
        assert!(self.tasks.stop(WITHIN).await);
        self
    }

    /// The system as the gateway calls it.
    pub(crate) fn system(&self, system: System) -> Peer {
        self.system_as("gateway", system)
    }

    /// The system as somebody calls it.
    pub(crate) fn system_as(&self, service: &str, system: System) -> Peer {
        let address = self.systems.address(system).unwrap();
        self.peer(service, &format!("http://{address}"))
    }

    /// The control API as the launcher calls it.
    pub(crate) fn control(&self) -> Peer {
        self.control_as("launcher")
    }

    /// The control API as somebody calls it.
    pub(crate) fn control_as(&self, service: &str) -> Peer {
        self.peer(service, &format!("http://{}", self.systems.control.unwrap()))
    }

    fn peer(&self, service: &str, base: &str) -> Peer {
        let caller = Caller { service: service.to_owned(), token: token_of(service) };
        Peer::new("systems", base, caller, &self.config.rpc).unwrap()
    }

    /// Puts a system into a mode.
    pub(crate) async fn switch(&self, system: System, mode: SystemMode) {
        let path = format!("/control/v1/systems/{system}");
        let request = Request::put(path, &mode);
        let status: SystemStatus = self.control().call(request, WITHIN).await.unwrap();
        assert_eq!((status.system.as_str(), status.mode), (system.name(), mode));
    }

    /// Places an order once: a lost call is not repeated.
    pub(crate) async fn order(
        &self,
        system: System,
        order: &PlaceOrder,
    ) -> Result<OrderAnswer, CallError> {
        let request = Request::post(ORDERS, order);
        self.system(system).call(request, WITHIN).await
    }

    /// Gives customer `id` one card, `card-<id>`.
    pub(crate) async fn give_card(&self, id: u64) {
        let statement = format!(
            "insert into sys_cards.card (id, customer_id, name, last4, account, expires)
             values ('card-{id}', {id}, 'Everyday card', '1234', '40817810{id:09}001', '2029-05')"
        );
        let client = self.db.client().await;
        client.batch_execute(&statement).await.unwrap();
    }

    /// A number from the database.
    pub(crate) async fn count(&self, from: &str) -> i64 {
        let client = self.db.client().await;
        let statement = format!("select count(*) from {from}");
        client.query_one(&statement, &[]).await.unwrap().get(0)
    }
}

/// An order of customer 1; the same key makes the same operation.
pub(crate) fn place(key: &str, order: Order) -> PlaceOrder {
    let customer_id = CustomerId(1);
    PlaceOrder { operation_id: OperationId::derive(customer_id, key), customer_id, order }
}
