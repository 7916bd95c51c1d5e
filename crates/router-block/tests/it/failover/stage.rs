//! A bank in which things move: a real archive in the other data centre, a router, two
//! administrators, and stand-ins for the blocks and the gateway.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use archive::service::Started;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router as Routes};
use common::placement::{Placement, PlacementState};
use common::wire::ops::LoggedIn;
use common::wire::router::{Placements, PlacementsAdopted};
use common::wire::watch::Served;
use common::{BlockName, SliceId};
use platform::config::Peer as PeerConfig;
use platform::http::{bind, serve};
use platform::identity::token_hash;
use platform::probe::{Probe, Watched};
use platform::rpc::{Caller, Peer, Request};
use platform::totp::Secret;
use platform::{Clock, Tasks};
use reqwest::{Method, StatusCode};
use router_block::config::{Config, PublicUrls};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::{TestDb, eventually, postgres};

use super::actor::Running;
use super::rpc;
use crate::bank::{Bank, Reply, Router, name, secret};

/// Blocks in which customers can be served.
pub(crate) const BLOCKS: [(&str, &str); 4] =
    [("client-1", "client"), ("client-2", "client"), ("pilot", "pilot"), ("backup-2", "backup")];
pub(crate) const TOTP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

pub(crate) struct Stage {
    pub(crate) bank: Bank,
    pub(crate) blocks: BTreeMap<&'static str, Running>,
    pub(crate) archive: Started,
    /// What the gateway says that it has served.
    pub(crate) served: Arc<Mutex<Served>>,
    archive_db: TestDb,
    archive_clock: Clock,
    gateway: String,
}

fn archive_config(db: &TestDb) -> archive::config::Config {
    let mut config = archive::config::Config::load(None).unwrap();
    config.database.url.clone_from(&db.url);
    config.database.acquire_timeout_ms = 20_000;
    config.database.statement_timeout_ms = 20_000;
    config.http.request_deadline_ms = 30_000;
    config.listen.internal = "127.0.0.1:0".parse().ok();
    config.service.data_center = "dc-b".to_owned();
    config.archive.look_ms = 20;
    for caller in ["router", "router-backup", "launcher"] {
        config.identity.callers.insert(caller.to_owned(), token_hash(&format!("{caller}-token")));
    }
    for (caller, _) in BLOCKS {
        config.identity.callers.insert(caller.to_owned(), token_hash(&format!("{caller}-token")));
    }
    config
}

impl Stage {
    /// Everything but a router, with the archive looking at the blocks.
    pub(crate) async fn new() -> Self {
        let bank = Bank::new().await;
        let archive_db = postgres().await.database(&archive::store::MIGRATIONS).await;
        let archive_clock = Clock::by_hand(bank.clock.now());
        let mut config = archive_config(&archive_db);
        // The blocks need the archive's address and the archive theirs: one process for each.
        let tasks = Tasks::new();
        let first = archive::service::start(&config, archive_clock.clone(), &tasks).await.unwrap();
        let mut blocks = BTreeMap::new();
        for (block, _) in BLOCKS {
            blocks.insert(block, Running::start(block, first.internal.unwrap()).await);
        }
        config.probe = probe(&config.probe, &blocks);
        let archive = archive::service::start(&config, archive_clock.clone(), &tasks).await;
        let archive = archive.unwrap();
        eventually("the archive is ready", || async { archive.ready.is_set() }).await;
        let served = Arc::new(Mutex::new(Served { blocks: Vec::new() }));
        let gateway = gateway(&served).await;
        let stage = Self { bank, blocks, archive, served, archive_db, archive_clock, gateway };
        stage.seed().await;
        stage
    }

    async fn seed(&self) {
        let homes = ["client-1", "client-2", "pilot"];
        let rows = homes.iter().flat_map(|home| {
            SliceId::all().map(|slice| Placement::first(name(home), slice, "launcher"))
        });
        let first = Placements { rows: rows.collect() };
        let request = Request::put("/v1/register/first", &first);
        let done: PlacementsAdopted = self.peer().call(request, PATIENCE).await.unwrap();
        assert_eq!(done.adopted, 192);
    }

    /// The archive as the launcher calls it.
    pub(crate) fn peer(&self) -> Peer {
        let caller = Caller { service: "launcher".to_owned(), token: "launcher-token".to_owned() };
        let url = format!("http://{}", self.archive.internal.unwrap());
        Peer::new("archive", &url, caller, &rpc()).unwrap()
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = self.bank.config();
        config.identity.token = "router-token".to_owned();
        let archive = format!("http://{}", self.archive.internal.unwrap());
        config.peers.insert("archive".to_owned(), PeerConfig::at(archive));
        config.peers.insert("gateway".to_owned(), PeerConfig::at(self.gateway.clone()));
        for (block, role) in BLOCKS {
            let url = self.blocks[block].url();
            config.peers.insert(block.to_owned(), PeerConfig::at(url));
            let urls = PublicUrls {
                role: role.to_owned(),
                web: format!("http://{block}.my.bank.localhost:1"),
                mobile: format!("http://{block}.my.bank.localhost:2"),
            };
            config.urls.insert(block.to_owned(), urls);
            config.ticket_keys.insert(block.to_owned(), hex::encode(secret(block)));
        }
        config.probe = probe(&config.probe, &self.blocks);
        config.backups.insert(name("client-1"), name("backup-2"));
        config.register.poll_ms = 50;
        config.conduct.poll_ms = 50;
        config.conduct.seal_patience_ms = 300;
        config.automation.look_ms = 50;
        config.automation.report_ms = 100;
        config.automation.every_ms = 50;
        config.automation.stale_ms = 20_000;
        config
    }

    /// A router with two administrators, who knows the register and how the blocks are.
    pub(crate) async fn router(&self, config: Config) -> Router {
        self.router_without(config, "nobody").await
    }

    /// The same, while one of the blocks is dead.
    pub(crate) async fn router_without(&self, config: Config, dead: &str) -> Router {
        import(&router_block::store::pool(&config.database, "admins").unwrap()).await;
        let router = Router::start(config, &self.bank.clock).await;
        let shared = &router.running.shared;
        eventually("it knows the bank", || async {
            let reports = BLOCKS
                .iter()
                .all(|(block, _)| *block == dead || shared.watching.report(&name(block)).is_some());
            reports && shared.register.rows().len() == 192
        })
        .await;
        router
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.archive_db.client().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Time passes for the archive.
    pub(crate) fn later_at_archive(&self, ms: i64) {
        self.archive_clock.advance_ms(ms);
    }
}

/// Makes two administrators, as the program does it from a file.
pub(crate) async fn import(db: &sqlx::PgPool) {
    let file = std::env::temp_dir().join(format!("admins-{}.json", platform::random::token()));
    let one = |name: &str| {
        let password = format!("{name} has one");
        json!({ "name": name, "password": password, "totp_secret": TOTP })
    };
    std::fs::write(&file, json!([one("anna"), one("boris")]).to_string()).unwrap();
    let import = router_block::app::administrators::import;
    let first = import(db, &file).await.unwrap();
    assert!(first == 2 || first == 0, "{first}");
    assert_eq!(import(db, &file).await.unwrap(), 0, "who is as the file says stays untouched");
    std::fs::remove_file(&file).unwrap();
}

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

fn probe(bounds: &Probe, blocks: &BTreeMap<&'static str, Running>) -> Probe {
    let watched = |block: &Running| Watched { urls: vec![block.url()], database: None };
    Probe {
        every_ms: 50,
        blocks: blocks.iter().map(|(block, at)| (name(block), watched(at))).collect(),
        ..bounds.clone()
    }
}

async fn gateway(served: &Arc<Mutex<Served>>) -> String {
    let say = |State(served): State<Arc<Mutex<Served>>>| async move {
        Json(served.lock().unwrap().clone())
    };
    let routes = Routes::new().route("/v1/served", get(say)).with_state(served.clone());
    let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = bound.address;
    serve(&Tasks::new(), bound, routes, &crate::peer::bounds());
    format!("http://{address}")
}

/// An administrator at a router.
pub(crate) struct Person<'a> {
    router: &'a Router,
    token: String,
}

impl Router {
    /// Logs in. A code opens one session: the next is of a later step.
    pub(crate) async fn person(&self, stage: &Stage, who: &str) -> Person<'_> {
        stage.bank.clock.advance_ms(30_000);
        let reply = self.log_in(who, &format!("{who} has one"), &self.code(0)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        let session: LoggedIn = serde_json::from_value(reply.json()).unwrap();
        Person { router: self, token: session.token }
    }

    /// The code of this step, or of one so many steps later.
    pub(crate) fn code(&self, later: i64) -> String {
        let step = platform::totp::step(self.running.shared.now().unix_ms());
        Secret::parse(TOTP).unwrap().code(step + later)
    }

    pub(crate) async fn log_in(&self, who: &str, password: &str, code: &str) -> Reply {
        let body = json!({ "name": who, "password": password, "code": code });
        self.ops(Method::POST, "/ops/v1/login", &body).await
    }

    /// The rows of client-1, by their owner and state.
    pub(crate) fn rows_of(&self, owner: &str, state: PlacementState) -> usize {
        let rows = self.running.shared.register.rows().into_iter();
        let of = |row: &Placement| row.home == name("client-1") && row.owner == name(owner);
        rows.filter(|row| of(row) && row.state == state).count()
    }

    pub(crate) async fn comes_to(&self, owner: &str, state: PlacementState, rows: usize) {
        let what = format!("{rows} rows are {state:?} at {owner}");
        eventually(&what, || async { self.rows_of(owner, state) == rows }).await;
    }
}

impl Person<'_> {
    pub(crate) async fn ask(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.router.bearer(&self.token, method, path, body).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let reply = self.ask(Method::GET, path, &Value::Null).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        serde_json::from_value(reply.json()).unwrap()
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> T {
        let reply = self.ask(Method::POST, path, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        serde_json::from_value(reply.json()).unwrap()
    }
}

/// A block's name, for tables.
pub(crate) fn named(text: &str) -> BlockName {
    name(text)
}
