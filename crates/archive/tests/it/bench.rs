//! An archive with its database, and blocks that send it batches.

use std::net::SocketAddr;
use std::time::Duration;

use archive::config::Config;
use archive::service::{self, Started};
use archive::store::MIGRATIONS;
use common::archive::stream::BatchKey;
use common::incarnation::{Head, StreamId};
use common::placement::Placement;
use common::wire::archive::{
    Acknowledged, Batch, BatchAnswer, EntityWritten, Event, EventBody, LoadQuery, Loaded, Marks,
    Register, RegisterQuery, Told,
};
use common::wire::router::{Placements, PlacementsAdopted};
use common::{BlockName, CustomerId, Generation, Incarnation, SliceId, Timestamp};
use platform::config::Rpc;
use platform::identity::token_hash;
use platform::rpc::{CallError, Caller, Peer, Request};
use platform::{Clock, Tasks};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::TestDb;
use tokio_postgres::types::ToSql;

use super::recorded::in_front_of;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const SERVICES: [&str; 10] = [
    "client-1",
    "client-2",
    "pilot",
    "backup-2",
    "router",
    "router-backup",
    "launcher",
    "gateway",
    "systems",
    "archive",
];

/// An archive and its surroundings. Its tasks end with the test's runtime.
pub(crate) struct Bench {
    pub(crate) db: TestDb,
    pub(crate) started: Started,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    tasks: Tasks,
}

/// With the first rows of two homes.
pub(crate) async fn bench() -> Bench {
    let bench = bench_with(|_| {}).await;
    bench.seed(&["client-1", "client-2"]).await;
    bench
}

/// With bounds of the test's own and an empty register.
pub(crate) async fn bench_with(change: impl Fn(&mut Config)) -> Bench {
    let db = testkit::postgres().await.database(&MIGRATIONS).await;
    over(db, change).await
}

/// Over a database of the test's own.
pub(crate) async fn over(db: TestDb, change: impl Fn(&mut Config)) -> Bench {
    let mut config = Config::load(None).unwrap();
    config.database.url.clone_from(&db.url);
    // Other tests run at the same time: waiting long is better than failing.
    config.database.acquire_timeout_ms = 20_000;
    config.database.statement_timeout_ms = 20_000;
    config.http.request_deadline_ms = 30_000;
    config.listen.internal = Some("127.0.0.1:0".parse().unwrap());
    config.listen.health = Some("127.0.0.1:0".parse().unwrap());
    config.identity.token = "archive".to_owned();
    for caller in SERVICES {
        config.identity.callers.insert(caller.to_owned(), token_hash(caller));
    }
    config.archive.look_ms = 20;
    change(&mut config);
    let clock = Clock::by_hand(Clock::system().now());
    let tasks = Tasks::new();
    let mut started = service::start(&config, clock.clone(), &tasks).await.unwrap();
    // The first peer installs the cryptography that HTTP clients need.
    drop(peer_at(started.internal.unwrap(), "router", "router"));
    let recorded = in_front_of(started.internal.unwrap(), &config.http, &tasks).await;
    started.internal = Some(recorded);
    testkit::eventually("the archive is ready", || async { started.ready.is_set() }).await;
    Bench { db, started, clock, config, tasks }
}

impl Bench {
    /// Another process over the same database.
    pub(crate) async fn another(&self) -> Bench {
        self.another_with(|_| {}).await
    }

    /// With bounds of its own.
    pub(crate) async fn another_with(&self, change: impl Fn(&mut Config)) -> Bench {
        let (db, clock, mut config) = (self.db.clone(), self.clock.clone(), self.config.clone());
        change(&mut config);
        let tasks = Tasks::new();
        let started = service::start(&config, clock.clone(), &tasks).await.unwrap();
        testkit::eventually("it is ready", || async { started.ready.is_set() }).await;
        Bench { db, started, clock, config, tasks }
    }

    /// Stops the process; its database goes on.
    pub(crate) async fn stop(&self) {
        assert!(self.tasks.stop(PATIENCE).await);
    }

    pub(crate) fn peer(&self, service: &str, token: &str) -> Peer {
        peer_at(self.started.internal.unwrap(), service, token)
    }

    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        service: &str,
        path: &str,
        body: &B,
    ) -> Result<T, CallError> {
        let request = Request::post(path, body).by_router(carried(service));
        self.peer(service, service).call(request, PATIENCE).await
    }

    pub(crate) async fn put<B: Serialize, T: DeserializeOwned>(
        &self,
        service: &str,
        path: &str,
        body: &B,
    ) -> Result<T, CallError> {
        let request = Request::put(path, body).by_router(carried(service));
        self.peer(service, service).call(request, PATIENCE).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        service: &str,
        path: &str,
    ) -> Result<T, CallError> {
        self.peer(service, service).call(Request::get(path), PATIENCE).await
    }

    /// Seeds the first rows of homes.
    pub(crate) async fn seed(&self, homes: &[&str]) -> PlacementsAdopted {
        let rows = homes.iter().flat_map(|home| {
            SliceId::all().map(|slice| Placement::first(name(home), slice, "launcher"))
        });
        let first = Placements { rows: rows.collect() };
        self.put("launcher", "/v1/register/first", &first).await.unwrap()
    }

    pub(crate) async fn register(&self) -> Register {
        let query = RegisterQuery::default();
        self.post("router", "/v1/register/read", &query).await.unwrap()
    }

    pub(crate) async fn row(&self, home: &str, slice: SliceId) -> Placement {
        let rows = self.register().await.rows;
        rows.into_iter().find(|row| row.home == name(home) && row.slice == slice).unwrap()
    }

    /// Changes a row behind the archive's back, as a move would have.
    pub(crate) async fn set_row(&self, row: &Placement) {
        let sql = "
            update placement set generation = $3, owner = $4, owner_incarnation = $5,
                owner_since = $6, state = $7, target = $8, target_incarnation = $9,
                target_generation = $10, revision = $11, version = $12
            where home = $1 and slice = $2";
        let life = |life: Option<Incarnation>| life.map(String::from);
        let params: [&(dyn ToSql + Sync); 12] = [
            &row.home.as_str(),
            &i16::from(row.slice.number()),
            &row.generation.as_i64(),
            &row.owner.as_str(),
            &life(row.owner_incarnation),
            &row.owner_since.as_i64(),
            &row.state.as_str(),
            &row.target.as_ref().map(BlockName::as_str),
            &life(row.target_incarnation),
            &row.target_generation.map(Generation::as_i64),
            &row.revision.as_i64(),
            &self
                .count("update register_version set version = version + 1 returning version")
                .await,
        ];
        assert_eq!(self.db.client().await.execute(sql, &params).await.unwrap(), 1);
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.db.client().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub(crate) async fn sql(&self, sql: &str) {
        self.db.client().await.batch_execute(sql).await.unwrap();
    }

    pub(crate) async fn load(&self, query: &LoadQuery) -> Loaded {
        self.post(query.stream.block.as_str(), "/v1/load", query).await.unwrap()
    }
}

/// The generation that routers have from the beginning.
fn carried(service: &str) -> Option<Generation> {
    service.starts_with("router").then_some(Generation(1))
}

fn peer_at(address: SocketAddr, service: &str, token: &str) -> Peer {
    let caller = Caller { service: service.to_owned(), token: token.to_owned() };
    let defaults = Config::load(None).unwrap().rpc;
    let rpc = Rpc { answer_max_bytes: 64 << 20, rest_ms: 0, ..defaults };
    Peer::new("archive", &format!("http://{address}"), caller, &rpc).unwrap()
}

/// A block that writes.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) stream: StreamId,
    pub(crate) head: Head,
}

impl Block {
    pub(crate) fn new(block: &str, timeline: u32) -> Self {
        let incarnation = Incarnation { timeline, system: 7, nonce: u64::from(timeline) };
        Self { stream: StreamId { block: name(block), incarnation }, head: Head::START }
    }

    /// The next batch; it is not sent yet.
    pub(crate) fn batch(&self, events: &[Event]) -> Batch {
        let texts = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        self.batch_of(texts)
    }

    pub(crate) fn batch_of(&self, events: Vec<String>) -> Batch {
        let bytes: Vec<&[u8]> = events.iter().map(String::as_bytes).collect();
        let key = BatchKey::following(self.head, &bytes);
        let (previous, hash) = (key.previous, key.hash);
        Batch { stream: self.stream.clone(), batch: key.batch, previous, hash, events }
    }

    pub(crate) async fn offer(&self, bench: &Bench, batch: &Batch) -> Told {
        let block = self.stream.block.as_str();
        let answer: BatchAnswer = bench.post(block, "/v1/batches", batch).await.unwrap();
        answer.answer
    }

    /// Sends events as the next batch, which must be applied.
    pub(crate) async fn send(&mut self, bench: &Bench, events: &[Event]) -> Acknowledged {
        let batch = self.batch(events);
        self.send_batch(bench, &batch).await
    }

    pub(crate) async fn send_batch(&mut self, bench: &Bench, batch: &Batch) -> Acknowledged {
        match self.offer(bench, batch).await {
            Told::Acknowledged(said) => {
                assert_eq!(said.batch, batch.batch);
                self.head = Head { batch: batch.batch, hash: batch.hash };
                said
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn load(&self, customer: u64, generation: u64) -> LoadQuery {
        LoadQuery {
            stream: self.stream.clone(),
            home: name("client-1"),
            slice: slice(customer),
            generation: Generation(generation),
            customers: vec![CustomerId(customer)],
            permission_only: false,
        }
    }
}

pub(crate) fn name(text: &str) -> BlockName {
    text.parse().unwrap()
}

pub(crate) fn slice(customer: u64) -> SliceId {
    SliceId::of(CustomerId(customer))
}

/// An event about a customer of client-1, in his slice.
pub(crate) fn event(customer: u64, generation: u64, body: EventBody) -> Event {
    Event {
        home: name("client-1"),
        slice: slice(customer),
        generation: Generation(generation),
        written_at: Timestamp::from_unix_ms(1_800_000_000_000),
        body,
    }
}

/// An operation of his, in a state that the key's first byte says.
pub(crate) fn operation(customer: u64, id: &str, key: &str, state: &str) -> EntityWritten {
    let ended = !matches!(state, "awaiting_confirmation" | "pending" | "sent");
    EntityWritten {
        customer_id: CustomerId(customer),
        kind: "operation".to_owned(),
        entity_id: id.to_owned(),
        order_key: key.to_owned(),
        final_: ended,
        open: !ended,
        marks: Marks::default(),
        payload: json!({ "state": state, "text": "ä \" \\ 1.10" }),
    }
}

pub(crate) fn entity(generation: u64, entity: EntityWritten) -> Event {
    event(entity.customer_id.0, generation, EventBody::Entity(entity))
}

pub(crate) fn hand_over(customer: u64, from: u64, to: &str, generation: u64) -> Event {
    let customer_id = CustomerId(customer);
    let generation = Generation(generation);
    event(customer, from, EventBody::HandOver { customer_id, to: name(to), generation })
}

/// The problem code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, CallError>) -> String {
    let error = answer.expect_err("a refusal");
    error.problem().unwrap_or_else(|| panic!("no problem document: {error:?}")).code.clone()
}

pub(crate) type Said = Result<Value, CallError>;
