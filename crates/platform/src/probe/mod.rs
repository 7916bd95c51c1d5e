//! Looking at the blocks from where this process stands: every channel's listener and the database
//! of each, a few times a second. What it sees is evidence for a failover (protocol §3); it decides
//! nothing.
//!
//! It judges death, not slowness: any answer is life, and only what refuses connections or says
//! nothing for long counts. It shows no credentials: a channel is asked for `/livez`, a database
//! for nothing but whether it speaks TLS, which every PostgreSQL answers before it asks who calls.

mod target;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{get, put};
use axum::{Json, Router};
use common::BlockName;
use common::failover::combined;
use common::problem::Code;
use common::wire::watch::{Seen, SightOf, Sights, WatchDatabase};
use futures_util::future::join_all;
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::Tasks;
use crate::config::{ConfigError, Service};
use crate::http::{Answer, ApiJson, Caller, Problem};
use crate::identity::AccessTable;
use target::{Line, Memory};

/// `[probe]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Between two looks at a channel, in milliseconds.
    pub every_ms: u64,
    /// Between two looks at a database, in milliseconds: each costs it a process.
    pub database_every_ms: u64,
    /// How long connecting may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long an answer is waited for before the question is put anew, in milliseconds.
    pub answer_timeout_ms: u64,
    /// So long without an answer is called silence, in milliseconds.
    pub silent_after_ms: u64,
    /// Whom to look at.
    #[serde(default)]
    pub blocks: BTreeMap<BlockName, Watched>,
}

/// `[probe.blocks.<name>]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// Base addresses of its channels: where customers come in.
    pub urls: Vec<String>,
    /// Where its database listens; absent: it is not looked at.
    #[serde(default)]
    pub database: Option<SocketAddr>,
}

/// Looks, and remembers what it saw.
pub struct Prober {
    observer: String,
    data_center: String,
    bounds: Probe,
    blocks: BTreeMap<BlockName, Looked>,
}

/// A block's parts.
struct Looked {
    channels: Vec<Part>,
    database: Option<Part>,
}

struct Part {
    /// Where it is; a database is elsewhere after a promotion.
    line: Mutex<Arc<Line>>,
    memory: Mutex<Memory>,
}

impl Prober {
    /// Begins to look, as a task of `tasks`.
    pub fn start(
        service: &Service,
        bounds: &Probe,
        tasks: &Tasks,
    ) -> Result<Arc<Self>, ConfigError> {
        let prober = Arc::new(Self::new(service, bounds)?);
        prober.run_in(tasks);
        Ok(prober)
    }

    /// One that has yet to [run](Self::run_in).
    pub fn new(service: &Service, bounds: &Probe) -> Result<Self, ConfigError> {
        let mut blocks = BTreeMap::new();
        for (name, watched) in &bounds.blocks {
            let channels = watched.urls.iter().map(|url| Ok(Part::new(Line::http(url)?)));
            let channels = channels.collect::<Result<Vec<_>, ConfigError>>()?;
            let database = watched.database.map(|at| Part::new(Line::postgres(at)));
            blocks.insert(name.clone(), Looked { channels, database });
        }
        Ok(Self {
            observer: service.process.clone(),
            data_center: service.data_center.clone(),
            bounds: bounds.clone(),
            blocks,
        })
    }

    /// Looks from now on, as a task of `tasks`.
    pub fn run_in(self: &Arc<Self>, tasks: &Tasks) {
        let own = self.clone();
        tasks.supervise("probe", move || {
            let prober = own.clone();
            async move { prober.look().await }
        });
    }

    /// Everything that is seen now.
    pub fn sights(&self) -> Sights {
        let now = Instant::now();
        let after = Duration::from_millis(self.bounds.silent_after_ms);
        let seen = |part: &Part| part.remembered().seen(now, after);
        let blocks = self.blocks.iter().map(|(block, looked)| {
            let channels: Vec<Seen> = looked.channels.iter().map(seen).collect();
            let seen = combined(&channels, looked.database.as_ref().map(seen));
            SightOf { block: block.clone(), seen }
        });
        Sights {
            observer: self.observer.clone(),
            data_center: self.data_center.clone(),
            blocks: blocks.collect(),
        }
    }

    /// The database of a block is elsewhere: its standby was promoted. Says whether the block's
    /// database is looked at from here.
    pub fn database_moved(&self, moved: &WatchDatabase) -> bool {
        let looked = self.blocks.get(&moved.block).and_then(|looked| looked.database.as_ref());
        if let Some(part) = looked {
            part.moves_to(Line::postgres(moved.at));
            tracing::info!(block = %moved.block, at = %moved.at, "looks at its database there");
        }
        looked.is_some()
    }

    async fn look(&self) {
        let each = |every: u64| move |part| self.look_at(part, Duration::from_millis(every));
        let channels = self.blocks.values().flat_map(|block| &block.channels);
        let databases = self.blocks.values().filter_map(|block| block.database.as_ref());
        let channels = join_all(channels.map(each(self.bounds.every_ms)));
        let databases = join_all(databases.map(each(self.bounds.database_every_ms)));
        tokio::join!(channels, databases);
        // Nobody is to be looked at.
        std::future::pending::<()>().await;
    }

    async fn look_at(&self, part: &Part, every: Duration) {
        let mut ticks = interval(every.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut kept = None;
        loop {
            ticks.tick().await;
            let asked_at = Instant::now();
            let line = part.line();
            let found = line.ask(&mut kept, &self.bounds).await;
            if Arc::ptr_eq(&line, &part.line()) {
                part.remembered().note(found, asked_at);
            }
        }
    }
}

impl Part {
    fn new(line: Line) -> Self {
        let memory = Mutex::new(Memory::since(Instant::now()));
        Self { line: Mutex::new(Arc::new(line)), memory }
    }

    fn line(&self) -> Arc<Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks elsewhere from now on; what was seen before counts no more.
    fn moves_to(&self, line: Line) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(line);
        *self.remembered() = Memory::since(Instant::now());
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who may ask what is seen: those who decide, and the launcher for people.
const ALLOWED: &[&str] = &["archive", "launcher", "router", "router-backup"];

/// `GET /internal/v1/sights`, and for the launcher `PUT /internal/v1/sights/database`, for a
/// listener whose state has an access table and a prober.
pub fn sights_route<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    AccessTable: FromRef<S>,
    Arc<Prober>: FromRef<S>,
{
    Router::new()
        .route("/internal/v1/sights", get(sights))
        .route("/internal/v1/sights/database", put(moved))
}

async fn sights(caller: Caller, State(prober): State<Arc<Prober>>) -> Answer<Json<Sights>> {
    caller.must_be_one_of(ALLOWED)?;
    Ok(Json(prober.sights()))
}

/// The launcher, which promotes databases.
struct Launcher;

impl<S> FromRequestParts<S> for Launcher
where
    S: Send + Sync,
    AccessTable: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.must_be_one_of(&["launcher"])?;
        Ok(Self)
    }
}

async fn moved(
    _: Launcher,
    State(prober): State<Arc<Prober>>,
    ApiJson(moved): ApiJson<WatchDatabase>,
) -> Answer<StatusCode> {
    let looked = prober.database_moved(&moved);
    if looked { Ok(StatusCode::NO_CONTENT) } else { Err(Code::NotFound.into()) }
}
