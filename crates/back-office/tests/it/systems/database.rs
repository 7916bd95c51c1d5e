//! A database with everything of the back office in it: the ledger, and every system's schema with
//! its own account. Migrated once per test binary, copied for each test.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use back_office::gateway::store::migrations;
use back_office::systems::config::{DEFAULTS, SystemConfig};
use back_office::systems::{Config, System, migrate_all};
use platform::identity::token_hash;
use testkit::TestDb;
use tokio::sync::OnceCell;

/// The database that is copied.
const TEMPLATE: &str = "back_office";

/// A fresh database, migrated and empty.
pub(crate) async fn back_office_database() -> TestDb {
    static MADE: OnceCell<()> = OnceCell::const_new();
    static COPIES: AtomicU32 = AtomicU32::new(0);
    MADE.get_or_init(make_template).await;
    let name = format!("{TEMPLATE}_{}", COPIES.fetch_add(1, Ordering::Relaxed));
    create(&format!("create database {name} template {TEMPLATE}")).await;
    TestDb { url: testkit::postgres().await.url(&name) }
}

/// The configuration of all systems over `db`, on ports of their own.
pub(crate) fn config(db: &TestDb) -> Config {
    let mut config: Config = platform::config::load(DEFAULTS, None).unwrap();
    let here = "127.0.0.1:0".parse().unwrap();
    config.listen.admin = Some(here);
    config.identity.token = token_of("systems");
    let callers = ["gateway", "launcher", "client-1"]
        .map(|name| (name.to_owned(), token_hash(&token_of(name))));
    config.identity.callers = BTreeMap::from(callers);
    config.database.url.clone_from(&db.url);
    for system in System::ALL {
        let account = format!("postgres://{}@", account_of(system));
        let database_url = db.url.replace("postgres://postgres@", &account);
        let at = SystemConfig { listen: here, database_url };
        config.systems.insert(system.name().to_owned(), at);
    }
    config
}

/// A system's account, and the schema of the same name.
pub(crate) fn account_of(system: System) -> String {
    format!("sys_{}", system.name().replace('-', "_"))
}

/// What a service presents in these tests.
pub(crate) fn token_of(service: &str) -> String {
    format!("token of {service}")
}

async fn make_template() {
    create(&format!("create database {TEMPLATE}")).await;
    let db = TestDb { url: testkit::postgres().await.url(TEMPLATE) };
    let client = db.client().await;
    for system in System::ALL {
        // As the launcher makes them.
        let account = account_of(system);
        let made =
            format!("create role {account} login; create schema {account} authorization {account}");
        client.batch_execute(&made).await.unwrap();
    }
    platform::schema::migrate(&db.url, &migrations()).await.unwrap();
    migrate_all(&config(&db)).await.unwrap();
}

/// A database that somebody is still leaving cannot be copied yet.
async fn create(statement: &str) {
    let postgres = TestDb { url: testkit::postgres().await.url("postgres") };
    let client = postgres.client().await;
    testkit::eventually(statement, || async { client.batch_execute(statement).await.is_ok() })
        .await;
}
