//! A system that runs, and all of them together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use platform::http::Ready;
use platform::identity::AccessTable;
use platform::pg::Db;
use platform::rpc::{Caller, Peer};
use platform::service::Fatal;
use platform::{Clock, Tasks};

use super::config::{Config, Simulation};
use super::switch::Switch;
use super::{System, http, worker};

/// One system: what its handlers and its listener share.
pub(super) struct Running {
    pub(super) system: System,
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) access: AccessTable,
    pub(super) bounds: Simulation,
    pub(super) switch: Switch,
    /// One change of its switches at a time: what is stored last is what is in force.
    pub(super) switching: tokio::sync::Mutex<()>,
}

/// All systems of this process.
#[derive(Clone)]
pub struct Systems {
    pub(super) running: Arc<[Arc<Running>]>,
    pub(super) incoming: worker::incoming::Rate,
    pub(super) bounds: Simulation,
    pub(super) access: AccessTable,
    /// Where the control API listens, if it does.
    pub control: Option<SocketAddr>,
}

impl Systems {
    /// Where a system listens when it does.
    pub fn address(&self, system: System) -> Option<SocketAddr> {
        self.find(system).map(|found| found.switch.address())
    }

    /// Waits until every system is in the mode in which it was left. False: it took longer.
    pub async fn settled(&self, within: Duration) -> bool {
        let deadline = tokio::time::Instant::now() + within;
        for running in self.running.iter() {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            if !running.switch.in_force(1, left).await {
                return false;
            }
        }
        true
    }

    pub(super) fn find(&self, system: System) -> Option<&Arc<Running>> {
        self.running.iter().find(|running| running.system == system)
    }
}

/// Starts the configured systems and their control as tasks of `tasks`.
pub async fn start(config: &Config, clock: Clock, tasks: &Tasks) -> Result<Systems, Fatal> {
    platform::http::set_problem_base(&config.http.problem_base);
    let access = AccessTable::new(&config.identity)?;
    let mut running = Vec::new();
    for (system, at) in config.named()? {
        let application = format!("systems-{system}");
        running.push(Arc::new(Running {
            system,
            db: Db::new(&config.database_of(at), &application)?,
            clock: clock.clone(),
            access: access.clone(),
            bounds: config.simulation,
            switch: Switch::new(at.listen),
            switching: tokio::sync::Mutex::default(),
        }));
    }
    let mut systems = Systems {
        running: running.into(),
        incoming: worker::incoming::Rate::default(),
        bounds: config.simulation,
        access,
        control: None,
    };
    for running in systems.running.iter() {
        worker::listener::start(running.clone(), &config.http, tasks);
    }
    if let Some(gateway) = config.peers.get("gateway") {
        let caller = Caller { service: "systems".to_owned(), token: config.identity.token.clone() };
        let gateway = Peer::over("gateway", &gateway.urls, caller, &config.rpc)?;
        worker::incoming::start(&systems, gateway, tasks);
    }
    if let Some(address) = config.listen.admin {
        let bound = platform::http::bind(address).await?;
        systems.control = Some(bound.address);
        let ready = Ready::new();
        let routes = http::control_routes(systems.clone(), ready.clone(), &config.http);
        platform::http::serve(tasks, bound, routes, &config.http);
        worker::ready::start(systems.clone(), ready, tasks);
    }
    Ok(systems)
}
