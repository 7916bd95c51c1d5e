//! A link between two data centres: every connection from one into the other runs through it, so
//! that a cut severs them while both sides run on.
//!
//! A cut link refuses new connections and falls silent on those that are open; what is said
//! meanwhile arrives when it is healed, as late as on a real line. A port behind which nobody
//! listens is closed on this side too: whoever calls learns that he was not heard.
//!
//! It is cut while the file beside its configuration, with the ending `cut`, exists; so it stays
//! cut when its process dies.

mod http;
mod route;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use platform::Tasks;
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Duration, MissedTickBehavior, interval};

use crate::failure::{Failure, Result};

/// How often it looks whether it is cut.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a link carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it says that it works.
    pub health: SocketAddr,
    /// Its connections.
    pub routes: Vec<Route>,
}

/// One listener of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// In words; for the log.
    pub purpose: String,
    /// On this side.
    pub listen: SocketAddr,
    /// On the other side.
    pub target: SocketAddr,
}

/// The file that cuts the link with this configuration.
pub fn cut_file(config: &Path) -> PathBuf {
    config.with_extension("cut")
}

/// Carries connections until it is told to end.
pub async fn run(path: &Path) -> Result<()> {
    platform::telemetry::init_logs();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let config: Config = toml::from_str(&text).map_err(|error| broken(error.message()))?;
    let mut terminate =
        signal(SignalKind::terminate()).map_err(|error| broken(&error.to_string()))?;
    let tasks = Tasks::new();
    let file = cut_file(path);
    let (carries, open) = watch::channel(!file.exists());
    tasks.spawn("looking whether it is cut", look(file, carries));
    for route in config.routes {
        let listener = route::listen(route.listen)
            .await
            .map_err(|error| broken(&format!("{}: {error}", route.purpose)))?;
        tasks.spawn("a route", route::carry(route, listener, open.clone(), tasks.clone()));
    }
    let health = route::listen(config.health).await.map_err(|error| broken(&error.to_string()))?;
    // Connections end with their link, as they would on a line that is taken down.
    tokio::select! {
        ended = http::serve(health) => ended.map_err(|error| broken(&error.to_string())),
        _ = terminate.recv() => Ok(()),
    }
}

async fn look(file: PathBuf, carries: watch::Sender<bool>) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let open = !file.exists();
        carries.send_if_modified(|known| {
            let changed = *known != open;
            if changed {
                tracing::info!("{}", if open { "carries again" } else { "cut" });
            }
            *known = open;
            changed
        });
    }
}

fn broken(reason: &str) -> Failure {
    Failure::new("LINK", format!("The link cannot work: {reason}."))
}
