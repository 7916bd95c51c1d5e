//! Starting a router: listeners first, so that its health can be asked, then its workers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use platform::config::{ConfigError, Http};
use platform::http::{Answering, bind, serve, set_problem_base};
use platform::{Clock, Tasks};

use crate::config::Config;
use crate::http::public::Public;
use crate::http::{AppState, internal, ops};
use crate::shared::Shared;
use crate::worker;

/// Why a router did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its configuration cannot be used.
    #[error("the router cannot be configured")]
    Config(#[from] ConfigError),
    /// A port cannot be opened.
    #[error("{address} cannot be opened")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
}

/// A router that runs until its tasks are stopped.
pub struct Running {
    /// What its handlers and workers share.
    pub shared: Arc<Shared>,
    /// Where clients reach it.
    pub public: Option<SocketAddr>,
    /// Where administrators reach it.
    pub ops: Option<SocketAddr>,
    /// Where other services reach it.
    pub internal: Option<SocketAddr>,
}

/// Starts a router as tasks of `tasks`.
pub async fn start(config: Config, clock: Clock, tasks: &Tasks) -> Result<Running, StartError> {
    set_problem_base(&config.http.problem_base);
    let shared = Arc::new(Shared::new(config, clock, tasks)?);
    let state = AppState(shared.clone());
    let http = &shared.config.http;
    let listen = &shared.config.listen;
    let public = open(listen.web, Public::new(&state), http, tasks).await?;
    let ops = open(listen.ops, ops::routes(&state), http, tasks).await?;
    let internal = open(listen.internal, internal::routes(&state), http, tasks).await?;
    let (ready, stop) = (shared.ready.clone(), tasks.stop_signal());
    tasks.spawn("unready", async move {
        stop.cancelled().await;
        ready.set(false);
    });
    shared.prober.run_in(tasks);
    worker::start(tasks, &shared);
    Ok(Running { shared, public, ops, internal })
}

/// Opens a listener, if it is wanted, and says where it is.
async fn open(
    address: Option<SocketAddr>,
    routes: impl Answering,
    http: &Http,
    tasks: &Tasks,
) -> Result<Option<SocketAddr>, StartError> {
    let Some(address) = address else { return Ok(None) };
    let bound = bind(address).await.map_err(|source| StartError::Listen { address, source })?;
    let address = bound.address;
    tracing::info!(%address, "listening");
    serve(tasks, bound, routes, http);
    Ok(Some(address))
}
