//! The gateway: the contract in front of the back office (protocol §5), with the ledger in its own
//! database and transaction.
//!
//! It knows customers, operations and a number that grows. It has no list of blocks and calls none.

pub mod app;
pub mod http;
pub mod rules;
pub mod store;
pub mod worker;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::Timestamp;
use platform::failure::chain;
use platform::http::{Ready, bind, health_routes, serve, set_problem_base, with_layers};
use platform::pg::Db;
use platform::service::{Fatal, run_until_stopped};
use platform::{Clock, Tasks, schema};

use self::app::Gateway;
use crate::config::Config;

/// How often the database is looked at for readiness.
const READY_PAUSE: Duration = Duration::from_millis(250);

/// `back-office gateway`: serves until told to stop.
pub async fn run(config: Option<&Path>) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    let tasks = Tasks::new();
    let started = start(&config, Clock::system(), &tasks).await?;
    tracing::info!(internal = ?started.internal, admin = ?started.admin, "gateway started");
    run_until_stopped(&tasks, Duration::from_millis(config.http.drain_ms)).await
}

/// A gateway that runs as `tasks`.
pub struct Started {
    /// Where services reach it.
    pub internal: Option<SocketAddr>,
    /// Where its health is shown.
    pub admin: Option<SocketAddr>,
    /// What it has at hand.
    pub gateway: Arc<Gateway>,
    /// Can it serve?
    pub ready: Ready,
}

/// Opens the listeners and starts serving and the gateway's own work. The database may come later:
/// until then it is not ready.
pub async fn start(config: &Config, clock: Clock, tasks: &Tasks) -> Result<Started, Fatal> {
    set_problem_base(&config.http.problem_base);
    let gateway = Arc::new(Gateway::new(config, clock)?);
    let ready = Ready::new();
    let routes = http::routes(gateway.clone(), &config.identity)?;
    let mut started =
        Started { internal: None, admin: None, gateway: gateway.clone(), ready: ready.clone() };
    if let Some(address) = config.listen.internal {
        let bound = bind(address).await?;
        started.internal = Some(bound.address);
        let routes = with_layers(routes.merge(health_routes(ready.clone())), &config.http);
        serve(tasks, bound, routes, &config.http);
    }
    if let Some(address) = config.listen.admin {
        let bound = bind(address).await?;
        started.admin = Some(bound.address);
        let routes = with_layers(health_routes(ready.clone()), &config.http);
        serve(tasks, bound, routes, &config.http);
    }
    watch_readiness(gateway.db.clone(), ready, tasks);
    worker::start(&gateway, tasks);
    Ok(started)
}

/// Ready while the database answers and its schema is not older than ours; never while stopping.
fn watch_readiness(db: Db, ready: Ready, tasks: &Tasks) {
    let stop = tasks.stop_signal();
    tasks.spawn("readiness", async move {
        let migrations = store::migrations();
        while !stop.is_cancelled() {
            let current = async {
                let connection = db.connection().await?;
                schema::is_current(&connection, &migrations).await
            };
            let serving = current.await.unwrap_or_else(|error| {
                tracing::warn!(error = chain(&error), "the database does not answer");
                false
            });
            ready.set(serving && !stop.is_cancelled());
            tokio::select! {
                () = tokio::time::sleep(READY_PAUSE) => {}
                () = stop.cancelled() => ready.set(false),
            }
        }
    });
}

/// The gateway's part of `back-office migrate`.
pub async fn migrate(config: Option<&Path>) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    schema::migrate(&config.database.url, &store::migrations()).await?;
    Ok(())
}

/// `back-office verify`: says what it found; an error if money is not conserved.
pub async fn verify(config: Option<&Path>) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    let db = Db::new(&config.database, "verify")?;
    let findings = app::verify::verify(&db).await?;
    for line in findings.report() {
        println!("{line}");
    }
    if findings.count() > 0 {
        return Err(format!("money is not conserved: {} findings", findings.count()).into());
    }
    let now: Timestamp = Clock::system().now();
    println!("The books are right ({now}): every currency sums to zero, every balance is what its");
    println!("entries say, and every operation has its entries exactly once (I16).");
    Ok(())
}
