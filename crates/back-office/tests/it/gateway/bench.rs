//! A gateway with its database and its fake systems, and what tests say to it.

use std::time::Duration;

use back_office::config::Config;
use back_office::foreign::{Booking, BookingAnswer, BookingKind};
use back_office::gateway::store::migrations;
use back_office::gateway::{self, Started};
use common::gateway::{
    Answer, Answered, Execute, Fence, FenceAnswer, Journal, JournalAnswer, Void,
};
use common::money::{Currency, Money};
use common::wire::gateway::{Account, CustomerQuery, ProductList, PutCustomer};
use common::{AccountNumber, CustomerId, Generation};
use platform::identity::token_hash;
use platform::rpc::{CallError, Caller, Peer, Request};
use platform::{Clock, Tasks};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use testkit::TestDb;
use uuid::Uuid;

use super::fake::Fakes;
use super::recorded::in_front_of;

const PATIENCE: Duration = Duration::from_secs(30);
const CALLERS: [&str; 5] = ["client-1", "router", "launcher", "systems", "gateway"];

/// One gateway and its surroundings. Its tasks end with the test's runtime.
pub(crate) struct Bench {
    pub(crate) db: TestDb,
    pub(crate) fakes: Fakes,
    pub(crate) started: Started,
    /// The gateway as the block sees it.
    block: Peer,
    config: Config,
    tasks: Tasks,
}

/// Starts a gateway that looks for unfinished work all the time.
pub(crate) async fn bench() -> Bench {
    bench_with(|_| {}, Clock::system()).await
}

/// Starts a gateway with bounds and a clock of the test's own.
pub(crate) async fn bench_with(change: impl Fn(&mut Config), clock: Clock) -> Bench {
    let db = testkit::postgres().await.database(&migrations()).await;
    // Rates stand still unless a test moves them.
    let still = "update reference_topic set changed_at = '2100-01-01' where topic = 'rates'";
    db.client().await.batch_execute(still).await.unwrap();
    let fakes = Fakes::start().await;
    let mut config = Config::load(None).unwrap();
    config.database.url.clone_from(&db.url);
    // Other tests run at the same time: waiting long is better than failing.
    config.database.acquire_timeout_ms = 20_000;
    config.http.request_deadline_ms = 30_000;
    config.listen.internal = Some("127.0.0.1:0".parse().unwrap());
    config.listen.admin = Some("127.0.0.1:0".parse().unwrap());
    config.identity.token = "gateway".to_owned();
    for caller in CALLERS {
        config.identity.callers.insert(caller.to_owned(), token_hash(caller));
    }
    config.peers = fakes.peers();
    config.gateway.orders_in_flight_max = 256;
    config.gateway.foreign_order_ms = 400;
    config.gateway.foreign_margin_ms = 100;
    config.gateway.resolver_tick_ms = 20;
    config.gateway.resolver_pause_least_ms = 20;
    config.gateway.resolver_pause_most_ms = 100;
    config.gateway.cash_sweep_ms = 20;
    change(&mut config);
    let tasks = Tasks::new();
    let mut started = gateway::start(&config, clock, &tasks).await.unwrap();
    let recorded = in_front_of(started.internal.unwrap(), &config.http, &tasks).await;
    started.internal = Some(recorded);
    testkit::eventually("the gateway is ready", || async { started.ready.is_set() }).await;
    let block = peer(&started, "client-1", "client-1", &config);
    Bench { db, fakes, started, block, config, tasks }
}

fn peer(started: &Started, caller: &str, token: &str, config: &Config) -> Peer {
    let caller = Caller { service: caller.to_owned(), token: token.to_owned() };
    let base = format!("http://{}", started.internal.unwrap());
    Peer::new("gateway", &base, caller, &config.rpc).unwrap()
}

impl Bench {
    /// Another gateway process over the same database and systems.
    pub(crate) async fn another(&self) -> Started {
        gateway::start(&self.config, Clock::system(), &self.tasks).await.unwrap()
    }

    /// The gateway as `caller` sees it; his token is his name.
    pub(crate) fn peer_as(&self, caller: &str) -> Peer {
        self.peer_with(caller, caller)
    }

    pub(crate) fn peer_with(&self, caller: &str, token: &str) -> Peer {
        peer(&self.started, caller, token, &self.config)
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.block.call(Request::get(path), PATIENCE).await
    }

    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, CallError> {
        self.block.call(Request::post(path, body), PATIENCE).await
    }

    pub(crate) async fn execute(&self, request: &Execute) -> Answer {
        let answered: Answered = self.post("/v1/execute", request).await.unwrap();
        answered.answer
    }

    pub(crate) async fn void(&self, request: &Void) -> Answer {
        let answered: Answered = self.post("/v1/void", request).await.unwrap();
        answered.answer
    }

    pub(crate) async fn fence(&self, customer: u64, generation: u64) -> FenceAnswer {
        let fence = Fence { customer_id: CustomerId(customer), generation: Generation(generation) };
        self.post("/v1/fence", &fence).await.unwrap()
    }

    pub(crate) async fn journal(&self, request: &Journal) -> JournalAnswer {
        self.post("/v1/journal", request).await.unwrap()
    }

    pub(crate) async fn put_customer(&self, id: u64, put: &PutCustomer) -> Result<(), CallError> {
        let path = format!("/v1/customers/{id}");
        let answer: Option<Value> =
            self.peer_as("router").call(Request::put(path, put), PATIENCE).await?;
        assert_eq!(answer, None);
        Ok(())
    }

    /// A customer with his first account and so many kopecks on it.
    pub(crate) async fn customer(&self, id: u64, name: &str, minor: i64) -> AccountNumber {
        let put = PutCustomer {
            revision: 1,
            phone: format!("+7900{id:07}").parse().unwrap(),
            name: name.to_owned(),
        };
        self.put_customer(id, &put).await.unwrap();
        let account = account_of(id, Currency::Rub, 1);
        if minor > 0 {
            self.pay_in(&account, Money::from_minor(minor, Currency::Rub)).await;
        }
        account
    }

    /// Another account of a customer, opened behind the gateway's back, with money on it.
    pub(crate) async fn account(&self, id: u64, money: Money, ordinal: u16) -> AccountNumber {
        let account = account_of(id, money.currency(), ordinal);
        let sql = "insert into account (account_number, customer_id, currency, kind, name,
            opened_at) values ($1, $2, $3, 'current', 'Another', now())";
        let id = i64::try_from(id).unwrap();
        let client = self.db.client().await;
        let code = money.currency().code();
        client.execute(sql, &[&account.as_str(), &id, &code]).await.unwrap();
        if money.is_positive() {
            self.pay_in(&account, money).await;
        }
        account
    }

    pub(crate) async fn pay_in(&self, account: &AccountNumber, amount: Money) {
        let booking = Booking {
            booking_id: Uuid::from_bytes(platform::random::bytes::<16>()),
            account: account.clone(),
            amount,
            kind: BookingKind::Salary,
            description: "Salary".to_owned(),
        };
        assert_eq!(self.book(&booking).await.unwrap(), BookingAnswer::Booked);
    }

    pub(crate) async fn book(&self, booking: &Booking) -> Result<BookingAnswer, CallError> {
        let request = Request::post_with_id("/v1/bookings", booking);
        self.peer_as("systems").call(request, PATIENCE).await
    }

    pub(crate) async fn products(
        &self,
        list: &str,
        customer: u64,
    ) -> Result<ProductList, CallError> {
        let request = Request::get(format!("/v1/products/{list}")).query(&query(customer, 1));
        self.block.call(request, PATIENCE).await
    }

    /// What the ledger says is on an account.
    pub(crate) async fn balance(&self, account: &AccountNumber) -> i64 {
        let sql = "select balance_minor from account where account_number = $1";
        let row = self.db.client().await.query_one(sql, &[&account.as_str()]).await.unwrap();
        row.get(0)
    }

    pub(crate) async fn accounts(&self, customer: u64) -> Vec<Account> {
        let list = self.products("accounts", customer).await.unwrap();
        list.items.into_iter().map(|item| serde_json::from_value(item).unwrap()).collect()
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.db.client().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Money is conserved, whatever happened (I16).
    pub(crate) async fn assert_books_are_right(&self) {
        let findings = gateway::app::verify::verify(&self.pool()).await.unwrap();
        assert_eq!(findings.report(), Vec::<String>::new());
    }

    pub(crate) fn pool(&self) -> platform::pg::Db {
        platform::pg::Db::new(&self.config.database, "test").unwrap()
    }
}

pub(crate) fn account_of(id: u64, currency: Currency, ordinal: u16) -> AccountNumber {
    back_office::ledger::chart::customer_account(CustomerId(id), currency, ordinal).unwrap()
}

pub(crate) fn query(customer: u64, generation: u64) -> CustomerQuery {
    CustomerQuery { customer_id: CustomerId(customer), generation: Generation(generation) }
}

/// The problem code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, CallError>) -> String {
    let error = answer.expect_err("a refusal");
    error.problem().unwrap_or_else(|| panic!("no problem document: {error:?}")).code.clone()
}

pub(crate) fn rub(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Rub)
}
