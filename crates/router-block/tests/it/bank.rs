//! A small bank around the router under test: two client blocks, a pilot, two guests, a gateway.

use std::collections::BTreeMap;
use std::time::Duration;

use common::placement::Placement;
use common::ticket::{Ticket, TicketKey};
use common::wire::router::RouteAnswer;
use common::{BlockName, SliceId, Timestamp};
use platform::config::{Listen, Peer as PeerConfig};
use platform::identity::{SERVICE_HEADER, TOKEN_HEADER, token_hash};
use platform::{Clock, Tasks};
use reqwest::header::HeaderName;
use reqwest::{Method, StatusCode};
use router_block::config::{Config, DEFAULTS, PublicUrls};
use router_block::service::{Running, start};
use router_block::store::schema::MIGRATIONS;
use serde_json::{Value, json};
use testkit::openapi::Exchange;
use testkit::{TestDb, eventually, postgres};

use crate::peer::Peer;

pub(crate) const HOMES: [&str; 3] = ["client-1", "client-2", "pilot"];
const BLOCKS: [(&str, &str); 5] = [
    ("client-1", "client"),
    ("client-2", "client"),
    ("pilot", "pilot"),
    ("guest-1", "guest"),
    ("guest-2", "guest"),
];

/// The databases and peers of a bank; routers are started over them.
pub(crate) struct Bank {
    pub(crate) db: TestDb,
    pub(crate) peers: BTreeMap<&'static str, Peer>,
    pub(crate) clock: Clock,
}

/// A running router process.
pub(crate) struct Router {
    pub(crate) running: Running,
    tasks: Tasks,
    http: reqwest::Client,
    session: tokio::sync::OnceCell<String>,
}

/// A listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Public,
    Ops,
    Internal,
}

impl Door {
    /// Where the operations of a group of the document are served.
    pub(crate) fn of(tag: &str) -> Self {
        match tag {
            "routing" | "problems" => Self::Public,
            "services" => Self::Internal,
            _ => Self::Ops,
        }
    }
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn routed(&self) -> RouteAnswer {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Bank {
    pub(crate) async fn new() -> Self {
        let db = postgres().await.database(&MIGRATIONS).await;
        let mut peers = BTreeMap::new();
        for (name, _) in BLOCKS {
            peers.insert(name, Peer::start().await);
        }
        peers.insert("gateway", Peer::start().await);
        let noon = Timestamp::from_unix_ms(1_800_000_000_000);
        Self { db, peers, clock: Clock::by_hand(noon) }
    }

    pub(crate) fn config(&self) -> Config {
        let mut config: Config = platform::config::load(DEFAULTS, None).unwrap();
        let any = "127.0.0.1:0".parse().ok();
        config.listen = Listen { web: any, ops: any, internal: any, ..Listen::default() };
        config.database.url.clone_from(&self.db.url);
        config.identity.token = "router-token".to_owned();
        for caller in ["launcher", "client-1", "router-backup"] {
            let hash = token_hash(&format!("{caller}-token"));
            config.identity.callers.insert(caller.to_owned(), hash);
        }
        for (name, peer) in &self.peers {
            let url = peer.url();
            config.peers.insert((*name).to_owned(), PeerConfig::at(url));
        }
        for (name, role) in BLOCKS {
            let urls = PublicUrls {
                role: role.to_owned(),
                web: format!("http://{name}.my.bank.localhost:1"),
                mobile: format!("http://{name}.my.bank.localhost:2"),
            };
            config.urls.insert(name.to_owned(), urls);
        }
        for name in HOMES {
            let key = hex::encode(secret(name));
            config.ticket_keys.insert(name.to_owned(), key);
        }
        config.settle.poll_ms = 50;
        config.settle.first_rest_ms = 50;
        config.guests.every_ms = 50;
        // A peer that comes back is to be asked at once.
        config.rpc.rest_ms = 0;
        config
    }

    /// A router that knows the whole register.
    pub(crate) async fn router(&self) -> Router {
        let router = Router::start(self.config(), &self.clock).await;
        let reply = router.ops(Method::PUT, "/ops/v1/placements", &register()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        router
    }

    /// Opens a ticket as its block would.
    pub(crate) fn open(&self, answer: &RouteAnswer) -> Ticket {
        let block = &answer.block.id;
        let key = TicketKey::new(block.clone(), &secret(block.as_str()));
        key.open(answer.ticket.as_deref().unwrap(), self.clock.now()).unwrap()
    }
}

pub(crate) fn secret(block: &str) -> [u8; 32] {
    common::fingerprint::sha256(block.as_bytes())
}

pub(crate) fn name(text: &str) -> BlockName {
    text.parse().unwrap()
}

/// All rows of a fresh bank.
pub(crate) fn rows() -> Vec<Placement> {
    HOMES
        .iter()
        .flat_map(|home| SliceId::all().map(|slice| Placement::first(name(home), slice, "test")))
        .collect()
}

pub(crate) fn register() -> Value {
    json!({ "rows": rows() })
}

pub(crate) fn new_customer(login: &str, phone: &str) -> Value {
    json!({ "login": login, "phone": phone, "name": "Anna Petrova", "password": "long enough" })
}

impl Router {
    /// Starts a router and waits until it is ready.
    pub(crate) async fn start(config: Config, clock: &Clock) -> Self {
        let router = Self::start_unready(config, clock).await;
        eventually("the router is ready", || async {
            router.get("/readyz").await.status == StatusCode::OK
        })
        .await;
        router
    }

    #[expect(clippy::disallowed_methods, reason = "the client of a customer, not of a service")]
    pub(crate) async fn start_unready(config: Config, clock: &Clock) -> Self {
        let tasks = Tasks::new();
        let running = start(config, clock.clone(), &tasks).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { running, tasks, http, session: tokio::sync::OnceCell::new() }
    }

    pub(crate) async fn stop(self) {
        drop(self.http);
        assert!(self.tasks.stop(Duration::from_secs(15)).await);
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let url = format!("http://{}{path}", self.running.public.unwrap());
        reply(self.http.get(url)).await
    }

    pub(crate) async fn route(&self, body: &Value) -> Reply {
        self.post_public("/v1/route", "application/json", body.to_string()).await
    }

    pub(crate) async fn post_public(&self, path: &str, media: &str, body: String) -> Reply {
        let url = format!("http://{}{path}", self.running.public.unwrap());
        let request = self.http.post(url).header("content-type", media);
        reply(request.body(body)).await
    }

    /// As a browser asks for a page of another origin.
    pub(crate) async fn from(&self, origin: &str, method: Method, path: &str, body: &str) -> Reply {
        let url = format!("http://{}{path}", self.running.public.unwrap());
        let request = self.http.request(method, url).header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        reply(request.header("content-type", "application/json").body(body.to_owned())).await
    }

    pub(crate) async fn login(&self, typed: &str) -> RouteAnswer {
        self.route(&json!({ "login": typed })).await.routed()
    }

    pub(crate) async fn ops(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.ops_as("launcher", "launcher-token", method, path, body).await
    }

    pub(crate) async fn ops_as(
        &self,
        service: &str,
        token: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Reply {
        let headers = [
            (SERVICE_HEADER, service),
            (TOKEN_HEADER, token),
            ("content-type", "application/json"),
        ];
        self.send(Door::Ops, method, path, &headers, body.to_string()).await
    }

    /// The session of an administrator, as a header shows it; opened when first asked for.
    pub(crate) async fn session(&self) -> String {
        let open = || async {
            let db = &self.running.shared.db;
            crate::failover::stage::import(db).await;
            let reply = self.log_in("anna", "anna has one", &self.code(0)).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
            format!("Bearer {}", reply.json()["token"].as_str().unwrap())
        };
        self.session.get_or_init(open).await.clone()
    }

    /// Asks the listener for administrators with a session.
    pub(crate) async fn bearer(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.send(Door::Ops, method, path, &headers, body.to_string()).await
    }

    pub(crate) async fn internal_as(
        &self,
        service: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Reply {
        let token = format!("{service}-token");
        let headers = [
            (SERVICE_HEADER, service),
            (TOKEN_HEADER, token.as_str()),
            ("content-type", "application/json"),
        ];
        self.send(Door::Internal, method, path, &headers, body.to_string()).await
    }

    /// Asks one of the listeners, as the launcher.
    pub(crate) async fn ask(
        &self,
        door: Door,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Reply {
        let launcher = [(SERVICE_HEADER, "launcher"), (TOKEN_HEADER, "launcher-token")];
        let headers: Vec<_> = launcher.into_iter().chain(headers.iter().copied()).collect();
        self.send(door, method, path, &headers, body).await
    }

    async fn send(
        &self,
        door: Door,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Reply {
        let running = &self.running;
        let address = match door {
            Door::Public => running.public,
            Door::Ops => running.ops,
            Door::Internal => running.internal,
        };
        let request = self.http.request(method, format!("http://{}{path}", address.unwrap()));
        let with = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        reply(headers.iter().fold(request, with).body(body)).await
    }

    /// Creates a customer and gives his id.
    pub(crate) async fn create(&self, login: &str, phone: &str) -> u64 {
        let body = new_customer(login, phone);
        let last = std::cell::RefCell::new(None);
        // A router that has not heard yet which one leads says so, and is asked again.
        eventually("it is known which router leads", || async {
            let reply = self.ops(Method::POST, "/ops/v1/customers", &body).await;
            let answered = reply.status != StatusCode::SERVICE_UNAVAILABLE;
            *last.borrow_mut() = Some(reply);
            answered
        })
        .await;
        let reply = last.into_inner().unwrap();
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        reply.json()["customer_id"].as_u64().unwrap()
    }
}

async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let (http, request) = request.build_split();
    let request = request.unwrap();
    let sent = request.try_clone().unwrap();
    let answer = http.execute(request).await.unwrap();
    let reply = Reply {
        status: answer.status(),
        headers: answer.headers().clone(),
        text: answer.text().await.unwrap(),
    };
    // What browsers ask beforehand is no operation of the router's.
    if sent.method() != Method::OPTIONS {
        record(&sent, &reply);
    }
    reply
}

/// Every request and answer fits the API document.
fn record(sent: &reqwest::Request, reply: &Reply) {
    let media = reply.headers.get("content-type").and_then(|media| media.to_str().ok());
    let query = sent.url().query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{}{query}", sent.url().path());
    let exchange = Exchange {
        method: sent.method().as_str(),
        target: &target,
        headers: sent.headers().keys().map(HeaderName::as_str).collect(),
        body: sent.body().and_then(reqwest::Body::as_bytes).unwrap_or_default(),
        status: reply.status.as_u16(),
        media: media.unwrap_or_default(),
        answer: reply.text.as_bytes(),
    };
    testkit::openapi::record("router", &exchange);
}
