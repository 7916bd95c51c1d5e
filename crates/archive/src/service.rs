//! A process of the archive from start to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use platform::failure::chain;
use platform::http::{Ready, bind, health_routes, serve, set_problem_base, with_layers};
use platform::probe::Prober;
use platform::schema::{self, SchemaError};
use platform::service::{Fatal, run_until_stopped};
use platform::{Clock, Failure, Tasks};

use crate::app;
use crate::archive::Archive;
use crate::config::Config;
use crate::http;
use crate::store::MIGRATIONS;
use crate::worker;

/// `archive serve`: serves until told to stop.
pub async fn run(config: &Config) -> Result<(), Fatal> {
    let tasks = Tasks::new();
    let started = start(config, Clock::system(), &tasks).await?;
    tracing::info!(internal = ?started.internal, health = ?started.health, "archive started");
    run_until_stopped(&tasks, Duration::from_millis(config.http.drain_ms)).await
}

/// `archive migrate`: at the first of the database's hosts that takes writes.
pub async fn migrate(config: &Config) -> Result<(), Fatal> {
    let mut last: Option<SchemaError> = None;
    for url in config.single_hosts() {
        match schema::migrate(&url, &MIGRATIONS).await {
            Ok(()) => return Ok(()),
            Err(error) => last = Some(error),
        }
    }
    last.map_or(Ok(()), |error| Err(error.into()))
}

/// An archive that runs as `tasks`.
pub struct Started {
    /// Where services reach it.
    pub internal: Option<SocketAddr>,
    /// Where its health is shown.
    pub health: Option<SocketAddr>,
    /// What it has at hand.
    pub archive: Arc<Archive>,
    /// Can it serve?
    pub ready: Ready,
}

/// Opens the listeners and starts serving and the archive's own work. The database may come later:
/// until then it is not ready.
pub async fn start(config: &Config, clock: Clock, tasks: &Tasks) -> Result<Started, Fatal> {
    set_problem_base(&config.http.problem_base);
    let archive = Arc::new(Archive::new(config, clock)?);
    let ready = Ready::new();
    let prober = Prober::start(&config.service, &config.probe, tasks)?;
    let routes = http::routes(archive.clone(), prober, &config.identity)?;
    let mut started =
        Started { internal: None, health: None, archive: archive.clone(), ready: ready.clone() };
    if let Some(address) = config.listen.internal {
        let bound = bind(address).await?;
        started.internal = Some(bound.address);
        let routes = with_layers(routes.merge(health_routes(ready.clone())), &config.http);
        serve(tasks, bound, routes, &config.http);
    }
    if let Some(address) = config.listen.health {
        let bound = bind(address).await?;
        started.health = Some(bound.address);
        let routes = with_layers(health_routes(ready.clone()), &config.http);
        serve(tasks, bound, routes, &config.http);
    }
    look_after(&archive, ready, tasks);
    worker::start(&archive, tasks);
    Ok(started)
}

/// Ready while the database answers, its schema is not older than ours, and the life it is in has
/// been begun; never while stopping.
fn look_after(archive: &Arc<Archive>, ready: Ready, tasks: &Tasks) {
    let (archive, stop) = (archive.clone(), tasks.stop_signal());
    let pause = Duration::from_millis(archive.bounds.look_ms);
    tasks.spawn("readiness", async move {
        while !stop.is_cancelled() {
            let serving = look(&archive).await.unwrap_or_else(|failure| {
                tracing::warn!(error = chain(&failure), "the database does not answer");
                false
            });
            if ready.is_set() != serving {
                tracing::info!(serving, "readiness changed");
            }
            ready.set(serving && !stop.is_cancelled());
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => ready.set(false),
            }
        }
    });
}

async fn look(archive: &Archive) -> Result<bool, Failure> {
    let mut connection = archive.own.connection().await?;
    if !schema::is_current(&connection, &MIGRATIONS).await? {
        return Ok(false);
    }
    app::lives::look(archive, &mut connection).await?;
    app::partitions::ensure(archive, &connection).await?;
    Ok(true)
}
