//! A stand-in for a block's internal API or the gateway: takes customers, answers probes, can be
//! away and come back under the same address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{get, put};
use common::problem::Code;
use platform::Tasks;
use platform::config::Http;
use platform::http::{Problem, bind, serve};
use serde_json::Value;

#[derive(Clone, Default)]
struct Seen {
    told: Arc<Mutex<Vec<(u64, Value)>>>,
    refuses_with: Arc<Mutex<Option<Code>>>,
}

pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    seen: Seen,
    tasks: Mutex<Option<Tasks>>,
}

async fn take(State(seen): State<Seen>, Path(id): Path<u64>, body: Bytes) -> Result<(), Problem> {
    if let Some(code) = *seen.refuses_with.lock().unwrap() {
        return Err(code.into());
    }
    let body = serde_json::from_slice(&body).unwrap();
    seen.told.lock().unwrap().push((id, body));
    Ok(())
}

impl Peer {
    pub(crate) async fn start() -> Self {
        let seen = Seen::default();
        let (tasks, address) = open("127.0.0.1:0".parse().unwrap(), &seen).await;
        Self { address, seen, tasks: Mutex::new(Some(tasks)) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses connections from now on.
    pub(crate) async fn go_away(&self) {
        let tasks = self.tasks.lock().unwrap().take();
        if let Some(tasks) = tasks {
            assert!(tasks.stop(Duration::from_secs(5)).await);
        }
    }

    pub(crate) async fn come_back(&self) {
        let (tasks, _) = open(self.address, &self.seen).await;
        *self.tasks.lock().unwrap() = Some(tasks);
    }

    pub(crate) fn refuse_with(&self, code: Option<Code>) {
        *self.seen.refuses_with.lock().unwrap() = code;
    }

    /// What it was told about a customer, in order.
    pub(crate) fn told(&self, id: u64) -> Vec<Value> {
        let told = self.seen.told.lock().unwrap();
        let about = told.iter().filter(|(about, _)| *about == id);
        about.map(|(_, body)| body.clone()).collect()
    }

    pub(crate) fn last_told(&self, id: u64) -> Option<Value> {
        self.told(id).pop()
    }
}

#[derive(serde::Deserialize)]
struct Defaults {
    http: Http,
}

/// The bounds of a server.
pub(crate) fn bounds() -> Http {
    let defaults = platform::config::PLATFORM_DEFAULTS;
    platform::config::load::<Defaults>(defaults, None).unwrap().http
}

async fn open(address: SocketAddr, seen: &Seen) -> (Tasks, SocketAddr) {
    let routes = Router::new()
        .route("/internal/v1/customers/{id}", put(take))
        .route("/v1/customers/{id}", put(take))
        .route("/readyz", get(|| async {}))
        .with_state(seen.clone());
    let tasks = Tasks::new();
    let bound = bind(address).await.unwrap();
    let address = bound.address;
    serve(&tasks, bound, routes, &bounds());
    (tasks, address)
}
