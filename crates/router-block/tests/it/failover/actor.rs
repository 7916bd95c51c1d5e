//! A stand-in for a block in a move: it says how it is, seals when it is told to (its SEAL goes to
//! the archive as a batch), takes pushed rows, and settles what has come home.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use common::archive::stream::BatchKey;
use common::incarnation::{ChainHash, Head, StreamId};
use common::placement::moves::Step;
use common::placement::{Placement, PlacementState};
use common::wire::archive::{
    Batch, BatchAnswer, Event, EventBody, StepRequest, Stepped, Told, Who,
};
use common::wire::block::{BlockReport, Draining, SealAnswer, SealOrder};
use common::wire::router::{Placements, PlacementsAdopted};
use common::{BlockName, Generation, Incarnation, SliceId, Timestamp};
use platform::Tasks;
use platform::config::Http;
use platform::http::{bind, serve};
use platform::rpc::{Caller, Peer, Request};

use super::rpc;
use crate::bank::name;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) name: BlockName,
    life: Incarnation,
    archive: Peer,
    head: Arc<tokio::sync::Mutex<Head>>,
    /// Rows as they were pushed, in order.
    pub(crate) pushed: Arc<Mutex<Vec<Placement>>>,
    /// Settles what is pushed as returning.
    pub(crate) settles: Arc<Mutex<bool>>,
    /// Refuses to seal.
    pub(crate) stubborn: Arc<Mutex<bool>>,
    pub(crate) oldest_unsent_ms: Arc<Mutex<Option<i64>>>,
    /// Open sessions of each slice that drains.
    pub(crate) sessions: Arc<Mutex<u64>>,
    /// How often it has said how it is.
    pub(crate) asked: Arc<AtomicUsize>,
}

pub(crate) struct Running {
    pub(crate) actor: Actor,
    pub(crate) address: SocketAddr,
    tasks: Mutex<Option<Tasks>>,
}

impl Running {
    pub(crate) async fn start(block: &str, archive: SocketAddr) -> Self {
        let caller = Caller { service: block.to_owned(), token: format!("{block}-token") };
        let archive = Peer::new("archive", &format!("http://{archive}"), caller, &rpc()).unwrap();
        let number = u64::try_from(block.len()).unwrap();
        let actor = Actor {
            name: name(block),
            life: Incarnation { timeline: 1, system: number, nonce: number },
            archive,
            head: Arc::new(tokio::sync::Mutex::new(Head { batch: 0, hash: ChainHash::START })),
            pushed: Arc::default(),
            settles: Arc::new(Mutex::new(true)),
            stubborn: Arc::default(),
            oldest_unsent_ms: Arc::default(),
            sessions: Arc::new(Mutex::new(1)),
            asked: Arc::default(),
        };
        let (tasks, address) = open("127.0.0.1:0".parse().unwrap(), &actor).await;
        Self { actor, address, tasks: Mutex::new(Some(tasks)) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses connections from now on.
    pub(crate) async fn die(&self) {
        let tasks = self.tasks.lock().unwrap().take();
        if let Some(tasks) = tasks {
            assert!(tasks.stop(PATIENCE).await);
        }
    }
}

async fn open(address: SocketAddr, actor: &Actor) -> (Tasks, SocketAddr) {
    let routes = Router::new()
        .route("/livez", get(|| async {}))
        .route("/readyz", get(|| async {}))
        .route("/internal/v1/report", get(report))
        .route("/internal/v1/seals", post(seal))
        .route("/internal/v1/customers/{id}", put(|| async { StatusCode::NO_CONTENT }))
        .route("/internal/v1/placements", put(take))
        .with_state(actor.clone());
    let tasks = Tasks::new();
    let bound = bind(address).await.unwrap();
    let address = bound.address;
    let bounds: Http = crate::peer::bounds();
    serve(&tasks, bound, routes, &bounds);
    (tasks, address)
}

async fn report(State(actor): State<Actor>) -> Json<BlockReport> {
    actor.asked.fetch_add(1, Ordering::Relaxed);
    Json(BlockReport {
        block: actor.name.clone(),
        role: "client".to_owned(),
        data_center: "dc-a".to_owned(),
        incarnation: actor.life,
        phase: "serving".to_owned(),
        outlived: false,
        payload_version: 1,
        settings: [("limit".to_owned(), actor.name.to_string())].into(),
        measured_per_second: 100,
        sessions: 7,
        unfinished: 3,
        unsent: 0,
        oldest_unsent_ms: *actor.oldest_unsent_ms.lock().unwrap(),
        archive_silent_ms: 0,
        head: None,
        followed_ago_ms: Some(10),
        to_load: Vec::new(),
        draining: actor.draining(),
    })
}

async fn seal(State(actor): State<Actor>, Json(order): Json<SealOrder>) -> Json<SealAnswer> {
    let slices: Vec<SliceId> = order.slices.iter().map(|(slice, _)| *slice).collect();
    if *actor.stubborn.lock().unwrap() {
        return Json(SealAnswer { sealed: Vec::new(), refused: slices });
    }
    actor.ship(&order.home, &order.slices).await;
    Json(SealAnswer { sealed: slices, refused: Vec::new() })
}

impl Actor {
    /// What it gives up, by the rows that were pushed to it last.
    fn draining(&self) -> Vec<Draining> {
        let sessions = *self.sessions.lock().unwrap();
        let mut last = BTreeMap::new();
        for row in self.pushed.lock().unwrap().iter().filter(|row| row.owner == self.name) {
            last.insert((row.home.clone(), row.slice), row.state);
        }
        let drains = last.into_iter().filter(|(_, state)| *state == PlacementState::Draining);
        drains.map(|((home, slice), _)| Draining { home, slice, sessions }).collect()
    }

    /// Sends SEALs to the archive.
    async fn ship(&self, home: &BlockName, slices: &[(SliceId, Generation)]) {
        let event = |(slice, generation): &(SliceId, Generation)| Event {
            home: home.clone(),
            slice: *slice,
            generation: *generation,
            written_at: Timestamp::from_unix_ms(0),
            body: EventBody::Seal,
        };
        let events: Vec<String> =
            slices.iter().map(|one| serde_json::to_string(&event(one)).unwrap()).collect();
        let bytes: Vec<&[u8]> = events.iter().map(String::as_bytes).collect();
        let mut head = self.head.lock().await;
        let key = BatchKey::following(*head, &bytes);
        let batch = Batch {
            stream: StreamId { block: self.name.clone(), incarnation: self.life },
            batch: key.batch,
            previous: key.previous,
            hash: key.hash,
            events: events.clone(),
        };
        let request = Request::post_with_id("/v1/batches", &batch);
        let answer: BatchAnswer = self.archive.call(request, PATIENCE).await.unwrap();
        assert!(matches!(answer.answer, Told::Acknowledged(_)), "{answer:?}");
        *head = key.head();
    }

    async fn settle(&self, rows: &[&Placement]) {
        let request = StepRequest {
            move_id: None,
            order: None,
            home: self.name.clone(),
            slices: rows.iter().map(|row| (row.slice, row.revision)).collect(),
            whole: Vec::new(),
            step: Step::Settle,
            asker: Some(self.life),
            deadline: None,
            each: true,
            reason: "joined".to_owned(),
            decided_by: Who::Block,
            approval: None,
        };
        let request = Request::post_with_id("/v1/moves", &request);
        let stepped: Stepped = self.archive.call(request, PATIENCE).await.unwrap();
        assert_eq!(stepped.outcomes.len(), rows.len());
    }
}

async fn take(
    State(actor): State<Actor>,
    Json(pushed): Json<Placements>,
) -> Json<PlacementsAdopted> {
    let settles = *actor.settles.lock().unwrap();
    actor.pushed.lock().unwrap().extend(pushed.rows.iter().cloned());
    let own = |row: &&Placement| row.owner == actor.name && row.home == actor.name;
    let own = pushed.rows.iter().filter(own);
    let home: Vec<_> = own.filter(|row| row.state == PlacementState::Returning).collect();
    if settles && !home.is_empty() {
        actor.settle(&home).await;
    }
    Json(PlacementsAdopted { adopted: pushed.rows.len(), known: 0 })
}
