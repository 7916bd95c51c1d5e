//! A stand-in for the archive, over real HTTP: it keeps streams with the archive's own decision
//! (`common::archive::stream::arrival`), gives the register out, and does what a test says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use client_block::config::Config;
use common::archive::stream::{Arrival, BatchKey, arrival};
use common::incarnation::{Head, StreamId};
use common::placement::Placement;
use common::placement::moves::{AtArchive, Proposal, propose};
use common::wire::archive::{
    Acknowledged, Batch, BatchAnswer, Changes, ChangesQuery, Event, EventBody, LateSlice,
    LoadQuery, Loaded, LoadedCustomer, Loosen, Loosened, Page, Register, RegisterQuery, SliceQuery,
    StepOutcome, StepRequest, Stepped, Told, Witness, Witnessed,
};
use common::{CustomerId, Guards, Incarnation, Revision, SliceId};
use platform::Tasks;
use platform::config::{Http, Peer};
use platform::http::{bind, serve};
use uuid::Uuid;

use crate::bank::name;

/// What it holds.
pub(crate) struct Holds {
    pub(crate) life: Incarnation,
    pub(crate) rows: Vec<Placement>,
    pub(crate) recovering: bool,
    pub(crate) outlived: bool,
    pub(crate) witnesses: Vec<Witness>,
    /// The batches of each stream, from the first.
    pub(crate) streams: HashMap<StreamId, Vec<Batch>>,
    /// Batches that came again and were known.
    pub(crate) again: usize,
    /// The next so many answers to batches are lost after the batch was applied.
    pub(crate) lose: usize,
    /// The next acknowledgement names this slice as late, at this revision.
    pub(crate) late: Option<(Placement, Revision)>,
    /// Verdicts over loosenings, for good.
    pub(crate) verdicts: HashMap<Uuid, bool>,
    /// Loosenings are refused from now on.
    pub(crate) refuses: bool,
    /// Answers to loosenings are lost after the verdict was written down.
    pub(crate) loses_verdicts: bool,
    version: u64,
}

/// The stand-in, listening.
pub(crate) struct Archive {
    address: SocketAddr,
    holds: Arc<Mutex<Holds>>,
    tasks: Mutex<Option<Tasks>>,
}

type Held = State<Arc<Mutex<Holds>>>;

impl Archive {
    pub(crate) async fn start(rows: &[Placement]) -> Self {
        let holds = Arc::new(Mutex::new(Holds {
            life: life(1),
            rows: rows.to_vec(),
            recovering: false,
            outlived: false,
            witnesses: Vec::new(),
            streams: HashMap::new(),
            again: 0,
            lose: 0,
            late: None,
            verdicts: HashMap::new(),
            refuses: false,
            loses_verdicts: false,
            version: 1,
        }));
        let (tasks, address) = open("127.0.0.1:0".parse().unwrap(), &holds).await;
        Self { address, holds, tasks: Mutex::new(Some(tasks)) }
    }

    /// Lets a process of the block use it.
    pub(crate) fn serve(&self, config: &mut Config) {
        let url = format!("http://{}", self.address);
        let url = serde_json::json!({ "url": url });
        let peer: Peer = serde_json::from_value(url).unwrap();
        config.peers.insert("archive".to_owned(), peer);
        config.archive.register_ms = 100;
        config.archive.patience_ms = 600_000;
    }

    pub(crate) fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap()
    }

    /// Sets a row, as a compare-and-set does.
    pub(crate) fn set(&self, row: Placement) {
        let mut holds = self.holds();
        holds.rows.retain(|old| (&old.home, old.slice) != (&row.home, row.slice));
        holds.rows.push(row);
    }

    /// Refuses connections from now on.
    pub(crate) async fn go_away(&self) {
        let tasks = self.tasks.lock().unwrap().take();
        if let Some(tasks) = tasks {
            assert!(tasks.stop(Duration::from_secs(5)).await);
        }
    }

    /// Listens again, at the same address.
    pub(crate) async fn come_back(&self) {
        let (tasks, _) = open(self.address, &self.holds).await;
        *self.tasks.lock().unwrap() = Some(tasks);
    }

    /// Everything that it was told, in order.
    pub(crate) fn events(&self) -> Vec<Event> {
        let holds = self.holds();
        let batches = holds.streams.values().flatten();
        let texts = batches.flat_map(|batch| &batch.events);
        texts.map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// How often it was told of an entity.
    pub(crate) fn told(&self, kind: &str, id: &str) -> usize {
        let is = |event: &Event| match &event.body {
            EventBody::Entity(entity) => entity.kind == kind && entity.entity_id == id,
            _ => false,
        };
        self.events().iter().filter(|event| is(event)).count()
    }

    /// Has it this sort of event?
    pub(crate) fn has(&self, body: &EventBody) -> bool {
        self.events().iter().any(|event| event.body == *body)
    }
}

/// A life of an archive.
pub(crate) fn life(timeline: u32) -> Incarnation {
    Incarnation { timeline, system: 9, nonce: u64::from(timeline) }
}

#[derive(serde::Deserialize)]
struct Defaults {
    http: Http,
}

async fn open(address: SocketAddr, holds: &Arc<Mutex<Holds>>) -> (Tasks, SocketAddr) {
    let tasks = Tasks::new();
    let routes = Router::new()
        .route("/v1/batches", post(batches))
        .route("/v1/register/read", post(register))
        .route("/v1/witness", post(witness))
        .route("/v1/moves", post(moves))
        .route("/v1/changes", post(changes))
        .route("/v1/slices/customers", post(customers))
        .route("/v1/load", post(load))
        .route("/v1/loosenings", post(loosenings))
        .with_state(holds.clone());
    let bound = bind(address).await.unwrap();
    let address = bound.address;
    let defaults = platform::config::PLATFORM_DEFAULTS;
    let bounds: Defaults = platform::config::load(defaults, None).unwrap();
    serve(&tasks, bound, routes, &bounds.http);
    (tasks, address)
}

fn head(batches: &[Batch]) -> Head {
    batches.last().map_or(Head::START, |last| Head { batch: last.batch, hash: last.hash })
}

async fn batches(State(holds): Held, Json(batch): Json<Batch>) -> Response {
    let mut holds = holds.lock().unwrap();
    let stream = holds.streams.entry(batch.stream.clone()).or_default();
    let at = head(stream);
    let texts: Vec<&[u8]> = batch.events.iter().map(String::as_bytes).collect();
    let before = Head { batch: batch.batch - 1, hash: batch.previous };
    let key = BatchKey::following(before, &texts);
    assert_eq!(key.hash, batch.hash, "the hash is over the bytes");
    let place = usize::try_from(batch.batch).unwrap() - 1;
    let known = stream.get(place).map(|known| known.hash);
    let number = batch.batch;
    let acknowledged = Acknowledged { batch: number, ..Acknowledged::default() };
    let mut answer = match arrival(at, known, &key) {
        Arrival::Apply => {
            stream.push(batch);
            Told::Acknowledged(acknowledged)
        }
        Arrival::Known => {
            assert_eq!(stream[place], batch, "byte for byte");
            holds.again += 1;
            Told::Acknowledged(acknowledged)
        }
        Arrival::Gap => Told::Gap { head: at },
        Arrival::Fork => Told::Fork,
    };
    if holds.lose > 0 {
        holds.lose -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let recovering = holds.recovering;
    if let Told::Acknowledged(said) = &mut answer {
        said.unjudged = recovering;
        if let Some((row, revision)) = holds.late.take() {
            said.late_slices.push(LateSlice { home: row.home, slice: row.slice, revision });
        }
    }
    Json(BatchAnswer { life: holds.life, answer }).into_response()
}

async fn register(State(holds): Held, Json(query): Json<RegisterQuery>) -> Json<Register> {
    let holds = holds.lock().unwrap();
    let stream = query.stream.as_ref().and_then(|stream| holds.streams.get(stream));
    Json(Register {
        life: holds.life,
        recovering: holds.recovering,
        version: holds.version,
        rows: holds.rows.clone(),
        outlived: holds.outlived,
        earlier: false,
        head: stream.map(|batches| head(batches)).filter(|head| head.batch > 0),
        alone: false,
        router: None,
    })
}

async fn witness(State(holds): Held, Json(witness): Json<Witness>) -> Json<Witnessed> {
    let mut holds = holds.lock().unwrap();
    holds.witnesses.push(witness);
    Json(Witnessed { life: holds.life, recovering: true, missing: Vec::new() })
}

/// Nobody else writes anything.
async fn changes(State(holds): Held, Json(query): Json<ChangesQuery>) -> Json<Changes> {
    let holds = holds.lock().unwrap();
    let own = holds.rows.iter().filter(|row| row.owner == query.stream.block);
    Json(Changes {
        life: holds.life,
        slices: own.map(|row| (row.home.clone(), row.slice, row.revision)).collect(),
        changes: Vec::new(),
        cursor: query.cursor,
        all: true,
        too_old: false,
    })
}

async fn customers(State(holds): Held, Json(query): Json<SliceQuery>) -> Json<Page> {
    let both = [crate::bank::ANNA, crate::bank::BORIS].into_iter();
    let of = |who: &CustomerId| SliceId::of(*who) == query.slice && *who > query.after;
    let life = holds.lock().unwrap().life;
    Json(Page { life, customers: both.filter(of).filter(|_| !query.open_only).collect() })
}

/// Everybody may be loaded, and nothing is known of anybody.
async fn load(State(holds): Held, Json(query): Json<LoadQuery>) -> Json<Loaded> {
    let holds = holds.lock().unwrap();
    let row = holds.rows.iter().find(|row| row.slice == query.slice && row.home == query.home);
    let customers = query.customers.into_iter().map(|customer_id| LoadedCustomer {
        customer_id,
        elsewhere: None,
        journal_since: None,
        entities: Vec::new(),
        incomplete: false,
    });
    let revision = row.unwrap().revision;
    let customers = customers.collect();
    Json(Loaded { life: holds.life, revision, forced: None, customers })
}

/// The verdict is given by the id of the change, and stands.
async fn loosenings(State(holds): Held, Json(wish): Json<Loosen>) -> Response {
    let mut holds = holds.lock().unwrap();
    let stands = !holds.refuses;
    let applied = *holds.verdicts.entry(wish.change_id).or_insert(stands);
    if holds.loses_verdicts {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(Loosened { life: holds.life, applied }).into_response()
}

async fn moves(State(holds): Held, Json(request): Json<StepRequest>) -> Json<Stepped> {
    let mut holds = holds.lock().unwrap();
    let mut outcomes = Vec::new();
    for (slice, revision) in &request.slices {
        let of = |row: &&mut Placement| row.home == request.home && row.slice == *slice;
        let row = holds.rows.iter_mut().find(of).unwrap();
        let proposal = Proposal {
            expected: *revision,
            step: request.step.clone(),
            from: request.asker.map(|life| (name(crate::bank::BLOCK), life)),
            reason: request.reason.clone(),
            decided_by: "test".to_owned(),
        };
        let proposed = propose(row, &AtArchive::default(), &proposal, Guards::ALL);
        let refused = proposed.map(|next| *row = next).err();
        outcomes.push(StepOutcome { row: row.clone(), refused });
    }
    Json(Stepped { life: holds.life, outcomes, refused: None })
}
