//! The bank's own back office in the test's process: its gateway with the ledger, and all simulated
//! systems, over a database of their own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use back_office::foreign::{Booking, BookingAnswer, BookingKind};
use back_office::gateway::app::verify;
use back_office::systems::config::SystemConfig;
use back_office::systems::{System, Systems};
use back_office::{gateway, ledger, systems};
use common::wire::gateway::PutCustomer;
use common::wire::systems::{Message, SystemMode, SystemStatus};
use common::{AccountNumber, Currency, CustomerId, Money};
use platform::config::Peer as PeerConfig;
use platform::identity::token_hash;
use platform::rpc::{Caller, Peer, Request};
use platform::{Clock, Tasks, random};
use testkit::{TestDb, eventually, postgres};

use crate::bank::{ANNA, ANNAS_PHONE, BORIS, BORIS_PHONE};

const WITHIN: Duration = Duration::from_secs(20);

/// The back office, running.
pub(crate) struct Core {
    db: TestDb,
    clock: Clock,
    systems: Systems,
    gateway_config: back_office::config::Config,
    gateway: SocketAddr,
    gateway_tasks: Tasks,
    _systems_tasks: Tasks,
}

pub(crate) fn token_of(service: &str) -> String {
    format!("token of {service}")
}

fn callers(names: &[&str]) -> BTreeMap<String, String> {
    names.iter().map(|name| ((*name).to_owned(), token_hash(&token_of(name)))).collect()
}

impl Core {
    /// With Anna, who has money on two accounts in roubles and one in dollars and a card, and with
    /// Boris, who has an account.
    pub(crate) async fn start(clock: &Clock) -> Self {
        let db = postgres().await.empty_database().await;
        let systems_tasks = Tasks::new();
        let systems = start_systems(&db, clock, &systems_tasks).await;
        platform::schema::migrate(&db.url, &gateway::store::migrations()).await.unwrap();
        let mut config = back_office::config::Config::load(None).unwrap();
        config.listen.internal = "127.0.0.1:0".parse().ok();
        config.database.url.clone_from(&db.url);
        config.identity.token = token_of("gateway");
        config.identity.callers = callers(&["client-1", "backup-2", "router", "systems"]);
        for system in System::ALL {
            let url = format!("http://{}", systems.address(system).unwrap());
            config.peers.insert(system.name().to_owned(), PeerConfig::at(url));
        }
        config.gateway.resolver_tick_ms = 50;
        let (gateway, gateway_tasks) = open(&config, clock).await;
        config.listen.internal = Some(gateway);
        let core = Self {
            db,
            clock: clock.clone(),
            systems,
            gateway_config: config,
            gateway,
            gateway_tasks,
            _systems_tasks: systems_tasks,
        };
        core.fill().await;
        core
    }

    /// Makes a process of the block call this back office.
    pub(crate) fn serve(&self, config: &mut client_block::Config) {
        self.serve_as(config, "client-1");
    }

    /// The same for a block of this name.
    pub(crate) fn serve_as(&self, config: &mut client_block::Config, block: &str) {
        config.identity.token = token_of(block);
        let messages = self.systems.address(System::Messages).unwrap();
        for (name, address) in [("gateway", self.gateway), ("messages", messages)] {
            config.peers.insert(name.to_owned(), PeerConfig::at(format!("http://{address}")));
        }
        config.reference.poll_ms = 50;
    }

    /// Stops the gateway, does something, and starts it again at the same address.
    pub(crate) async fn without_gateway<T>(&mut self, work: impl Future<Output = T>) -> T {
        assert!(self.gateway_tasks.stop(WITHIN).await);
        let done = work.await;
        (self.gateway, self.gateway_tasks) = open(&self.gateway_config, &self.clock).await;
        done
    }

    pub(crate) async fn switch(&self, system: System, mode: SystemMode) {
        let request = Request::put(format!("/control/v1/systems/{system}"), &mode);
        let status: SystemStatus = self.control().call(request, WITHIN).await.unwrap();
        assert_eq!(status.mode, mode);
    }

    /// The code in the last message to a phone.
    pub(crate) async fn code(&self, phone: &str) -> String {
        let query = [("phone", phone), ("limit", "1")];
        let request = Request::get("/control/v1/messages").query(&query);
        let messages: Vec<Message> = self.control().call(request, WITHIN).await.unwrap();
        let (_, rest) = messages[0].text.split_once("Code: ").unwrap();
        rest[..6].to_owned()
    }

    /// Money is conserved, whatever happened (I16).
    pub(crate) async fn assert_books_are_right(&self) {
        let db = platform::pg::Db::new(&self.gateway_config.database, "test").unwrap();
        let findings = verify::verify(&db).await.unwrap();
        assert_eq!(findings.report(), Vec::<String>::new());
    }

    /// A number from the back office's database.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.db.client().await.query_one(query, &[]).await.unwrap().get(0)
    }

    fn control(&self) -> Peer {
        self.peer("launcher", self.systems.control.unwrap())
    }

    fn peer(&self, service: &str, address: SocketAddr) -> Peer {
        let caller = Caller { service: service.to_owned(), token: token_of(service) };
        let base = format!("http://{address}");
        Peer::new("back office", &base, caller, &self.gateway_config.rpc).unwrap()
    }

    async fn fill(&self) {
        let people = [(ANNA, ANNAS_PHONE, "Anna Petrova"), (BORIS, BORIS_PHONE, "Boris Kim")];
        for (customer, phone, name) in people {
            let put =
                PutCustomer { revision: 1, phone: phone.parse().unwrap(), name: name.to_owned() };
            let request = Request::put(format!("/v1/customers/{customer}"), &put);
            let router = self.peer("router", self.gateway);
            let _told: () = router.call(request, WITHIN).await.unwrap();
        }
        let client = self.db.client().await;
        for (currency, ordinal) in [(Currency::Rub, 2), (Currency::Usd, 1)] {
            let sql = "insert into account (account_number, customer_id, currency, kind, name,
                opened_at) values ($1, $2, $3, 'current', 'Another', now())";
            let number = account(ANNA, currency, ordinal);
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                [&number.as_str(), &ANNA.as_i64(), &currency.code()];
            client.execute(sql, &parameters).await.unwrap();
        }
        self.pay_in(Money::from_minor(50_000_000, Currency::Rub)).await;
        self.pay_in(Money::from_minor(100_000, Currency::Usd)).await;
        let card = "insert into sys_cards.card (id, customer_id, name, last4, account, expires)
            values ('card-anna', 1, 'Everyday card', '1234', $1, '2029-05')";
        client.execute(card, &[&account(ANNA, Currency::Rub, 1).as_str()]).await.unwrap();
    }

    async fn pay_in(&self, amount: Money) {
        let booking = Booking {
            booking_id: random::uuid(),
            account: account(ANNA, amount.currency(), 1),
            amount,
            kind: BookingKind::Salary,
            description: "Salary".to_owned(),
        };
        let request = Request::post_with_id("/v1/bookings", &booking);
        let systems = self.peer("systems", self.gateway);
        let answer: BookingAnswer = systems.call(request, WITHIN).await.unwrap();
        assert_eq!(answer, BookingAnswer::Booked);
    }
}

/// The `ordinal`-th account of a customer in a currency.
pub(crate) fn account(customer: CustomerId, currency: Currency, ordinal: u16) -> AccountNumber {
    ledger::chart::customer_account(customer, currency, ordinal).unwrap()
}

async fn open(config: &back_office::config::Config, clock: &Clock) -> (SocketAddr, Tasks) {
    let tasks = Tasks::new();
    let started = gateway::start(config, clock.clone(), &tasks).await.unwrap();
    eventually("the gateway is ready", || async { started.ready.is_set() }).await;
    (started.internal.unwrap(), tasks)
}

/// Each system with its own account and schema, as the launcher makes them.
async fn start_systems(db: &TestDb, clock: &Clock, tasks: &Tasks) -> Systems {
    let defaults = systems::config::DEFAULTS;
    let mut config: systems::Config = platform::config::load(defaults, None).unwrap();
    let here = "127.0.0.1:0".parse().unwrap();
    config.listen.admin = Some(here);
    config.identity.token = token_of("systems");
    config.identity.callers = callers(&["gateway", "launcher", "client-1", "backup-2"]);
    config.database.url.clone_from(&db.url);
    let client = db.client().await;
    for system in System::ALL {
        let account = format!("sys_{}", system.name().replace('-', "_"));
        // Accounts belong to the cluster: another test may have made them.
        let made = format!(
            "do $$ begin create role {account} login;
             exception when duplicate_object or unique_violation then null; end $$;
             create schema {account} authorization {account}"
        );
        client.batch_execute(&made).await.unwrap();
        let user = format!("postgres://{account}@");
        let database_url = db.url.replace("postgres://postgres@", &user);
        config
            .systems
            .insert(system.name().to_owned(), SystemConfig { listen: here, database_url });
    }
    systems::migrate_all(&config).await.unwrap();
    let started = systems::start(&config, clock.clone(), tasks).await.unwrap();
    assert!(started.settled(WITHIN).await);
    started
}
