//! The real gateway in front of the real systems, with demo customers: the contract between them.

use back_office::gateway::{self, Started};
use back_office::seed::{Customer, load};
use back_office::systems::System;
use common::gateway::{Answer, Answered, Execute};
use common::operation::{IntentHash, OperationState};
use common::problem::Code;
use common::wire::gateway::{CustomerQuery, PRODUCT_LISTS, ProductList};
use common::wire::systems::SystemMode;
use common::{Currency, CustomerId, Generation, OperationId, Timestamp};
use platform::identity::token_hash;
use platform::rpc::{CallError, Caller, Peer, Request};
use platform::{Clock, Tasks};
use serde_json::json;

use super::load::books_are_right;
use crate::systems::database::token_of;
use crate::systems::simulation::{Simulation, WITHIN};

/// A gateway over its own database, in front of a simulation, with four demo customers.
struct Bank {
    simulation: Simulation,
    gateway: Started,
    config: back_office::config::Config,
    db: testkit::TestDb,
}

impl Bank {
    async fn start(tasks: &Tasks) -> Self {
        let simulation = Simulation::start().await;
        let db = simulation.db.clone();
        let customer = |id| Customer {
            customer_id: CustomerId(id),
            phone: format!("+7900{id:07}").parse().unwrap(),
            name: "Anna Petrova".to_owned(),
        };
        let customers = (1_001..=1_004).map(customer).collect();
        let now = Clock::system().now();
        load(&simulation.config, customers, now).await.unwrap();

        let mut config = back_office::config::Config::load(None).unwrap();
        config.database.url.clone_from(&db.url);
        config.listen.internal = Some("127.0.0.1:0".parse().unwrap());
        config.identity.token = token_of("gateway");
        let block = ("client-1".to_owned(), token_hash("block"));
        config.identity.callers.extend([block]);
        for system in System::ALL {
            let url = format!("http://{}", simulation.systems.address(system).unwrap());
            let peer = platform::config::Peer::at(url);
            config.peers.insert(system.name().to_owned(), peer);
        }
        config.gateway.resolver_tick_ms = 20;
        config.gateway.resolver_pause_least_ms = 20;
        config.gateway.resolver_pause_most_ms = 100;
        let gateway = gateway::start(&config, Clock::system(), tasks).await.unwrap();
        testkit::eventually("the gateway is ready", || async { gateway.ready.is_set() }).await;
        Self { simulation, gateway, config, db }
    }

    fn peer(&self) -> Peer {
        let caller = Caller { service: "client-1".to_owned(), token: "block".to_owned() };
        let base = format!("http://{}", self.gateway.internal.unwrap());
        Peer::new("gateway", &base, caller, &self.config.rpc).unwrap()
    }

    async fn products(&self, list: &str) -> Result<ProductList, CallError> {
        let query = CustomerQuery { customer_id: CustomerId(1_001), generation: Generation(1) };
        let request = Request::get(format!("/v1/products/{list}")).query(&query);
        self.peer().call(request, WITHIN).await
    }

    async fn execute(&self, order: &Execute) -> Answer {
        let request = Request::post("/v1/execute", order);
        let answered: Answered = self.peer().call(request, WITHIN).await.unwrap();
        answered.answer
    }
}

/// A bill of 700 roubles, with the fee of one percent, at least ten roubles.
fn bill(key: &str) -> Execute {
    let customer_id = CustomerId(1_001);
    let valid_until: Timestamp = Clock::system().now().plus_s(3_600);
    let intent = json!({
        "terms": {
            "kind": "bill_payment",
            "from_account": "40817810000001001001",
            "biller_id": "fiber",
            "biller_name": "Fiber Internet",
            "reference": "12345678",
            "amount": {"amount": "700.00", "currency": Currency::Rub},
            "fee": {"amount": "10.00", "currency": Currency::Rub},
        },
        "valid_until": valid_until,
    });
    Execute {
        operation_id: OperationId::derive(customer_id, key),
        intent_hash: IntentHash::of(&intent).unwrap(),
        customer_id,
        generation: Generation(1),
        intent,
        valid_until,
    }
}

#[tokio::test]
async fn every_list_of_the_overview_is_served_and_says_when_its_system_is_away() {
    let tasks = Tasks::new();
    let bank = Bank::start(&tasks).await;
    for list in PRODUCT_LISTS {
        let found = bank.products(list).await.unwrap();
        assert_eq!(found.list, list);
        for item in &found.items {
            let named = item["name"].is_string() && (list == "accounts" || item["id"].is_string());
            assert!(named, "{list}: {item}");
        }
        let everybodys = ["accounts", "cards", "pension", "loyalty", "limits", "credit-history"];
        assert!(!everybodys.contains(&list) || !found.items.is_empty(), "{list}");
    }
    bank.simulation.switch(System::Loyalty, SystemMode::Down).await;
    let error = bank.products("loyalty").await.unwrap_err();
    assert!(error.is_refusal(Code::BackOfficeUnavailable), "{error}");
    bank.products("cards").await.unwrap();
}

#[tokio::test]
async fn a_bill_whose_answer_is_lost_is_paid_once() {
    let tasks = Tasks::new();
    let bank = Bank::start(&tasks).await;
    let always = SystemMode::Failing { percent: 100, after_effect_percent: 100 };
    bank.simulation.switch(System::Billers, always).await;
    let order = bill("k");
    assert_eq!(bank.execute(&order).await, Answer::InProgress);
    books_are_right(&bank.db).await;

    bank.simulation.switch(System::Billers, SystemMode::Up).await;
    testkit::eventually("the bill is paid", || async {
        matches!(
            bank.execute(&order).await,
            Answer::Outcome(outcome) if outcome.state == OperationState::Executed
        )
    })
    .await;
    assert_eq!(bank.simulation.count("sys_billers.taken_order").await, 1);
    books_are_right(&bank.db).await;
}
