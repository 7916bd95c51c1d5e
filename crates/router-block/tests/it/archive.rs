//! A stand-in for the archive: a register that tests set, and what routers tell it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use common::leading::RouterRow;
use common::placement::Placement;
use common::wire::archive::{Register, RegisterQuery, Witness, Witnessed};
use common::{Generation, Incarnation};
use platform::Tasks;
use platform::http::{bind, serve};

use crate::peer::bounds;

/// What it knows.
pub(crate) struct Known {
    pub(crate) register: Register,
    /// The version at which each row was set.
    pub(crate) versions: Vec<u64>,
    pub(crate) queries: Vec<RegisterQuery>,
    pub(crate) witnesses: Vec<Witness>,
}

pub(crate) type Shared = Arc<Mutex<Known>>;

pub(crate) struct Archive {
    pub(crate) address: SocketAddr,
    pub(crate) known: Shared,
    tasks: Tasks,
}

pub(crate) fn life(timeline: u32) -> Incarnation {
    Incarnation { timeline, system: 7, nonce: 9 }
}

impl Archive {
    pub(crate) async fn start(rows: Vec<Placement>) -> Self {
        let register = Register {
            life: life(1),
            recovering: false,
            version: 1,
            outlived: false,
            earlier: false,
            head: None,
            alone: false,
            router: Some(RouterRow {
                generation: Generation(1),
                leader: "router".parse().unwrap(),
                reason: "the first".to_owned(),
                decided_by: "launcher".to_owned(),
            }),
            rows,
        };
        let versions = vec![1; register.rows.len()];
        let (queries, witnesses) = (Vec::new(), Vec::new());
        let known = Arc::new(Mutex::new(Known { register, versions, queries, witnesses }));
        let routes = Router::new()
            .route("/v1/register/read", post(read))
            .route("/v1/witness", post(witness))
            .with_state(known.clone());
        let tasks = Tasks::new();
        let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = bound.address;
        serve(&tasks, bound, routes, &bounds());
        Self { address, known, tasks }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes a row, as a compare-and-set would.
    pub(crate) fn change(&self, at: usize, change: impl FnOnce(&mut Placement)) -> Placement {
        let mut known = self.known.lock().unwrap();
        known.register.version += 1;
        let version = known.register.version;
        known.versions[at] = version;
        let row = &mut known.register.rows[at];
        row.revision.0 += 1;
        change(row);
        row.clone()
    }

    /// Another life answers from now on.
    pub(crate) fn lives(&self, timeline: u32, recovering: bool) {
        let mut known = self.known.lock().unwrap();
        known.register.life = life(timeline);
        known.register.recovering = recovering;
    }

    pub(crate) async fn stop(self) {
        assert!(self.tasks.stop(Duration::from_secs(5)).await);
    }
}

async fn read(State(known): State<Shared>, Json(query): Json<RegisterQuery>) -> Json<Register> {
    let mut known = known.lock().unwrap();
    let since = query.since.unwrap_or(0);
    known.queries.push(query);
    let rows = known.register.rows.iter().zip(&known.versions);
    let rows = rows.filter(|(_, version)| **version > since).map(|(row, _)| row.clone());
    Json(Register { rows: rows.collect(), ..known.register.clone() })
}

async fn witness(State(known): State<Shared>, Json(witness): Json<Witness>) -> Json<Witnessed> {
    let mut known = known.lock().unwrap();
    let life = witness.life;
    known.witnesses.push(witness);
    Json(Witnessed { life, recovering: true, missing: vec!["client-1".to_owned()] })
}
