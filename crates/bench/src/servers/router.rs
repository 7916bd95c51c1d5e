//! The router: the release build, pinned to one core, over a directory of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::{Ground, until_ready};
use crate::failure::Result;
use crate::machine::{Child, Run, free_port, output};

/// A running router.
#[derive(Debug)]
pub(crate) struct Router {
    port: u16,
    child: Child,
}

/// How long it may read its directory.
const LOAD: Duration = Duration::from_mins(5);

impl Router {
    /// Writes the configuration of a router over the database at `url`, listening on `port`.
    /// Limits are raised: they are there to refuse what a single load generator does.
    pub(crate) fn configure(ground: &Ground, url: &str, port: u16) -> Result<PathBuf> {
        let key = "07".repeat(32);
        let nobody = "http://127.0.0.1:1";
        let text = format!(
            "[listen]\nweb = \"127.0.0.1:{port}\"\n\
             [database]\nurl = \"{url}\"\n\
             [peers.gateway]\nurl = \"{nobody}\"\n[peers.client-1]\nurl = \"{nobody}\"\n\
             [ticket_keys]\nclient-1 = \"{key}\"\n\
             [urls.client-1]\nrole = \"client\"\n\
             web = \"https://client-1.bank.example\"\n\
             mobile = \"https://m.client-1.bank.example\"\n\
             [limits]\naddress_per_second = 1000000\naddress_burst = 1000000000\n\
             key_per_minute = 60000000\nkey_burst = 1000000000\n"
        );
        ground.directory.write("router.toml", &text)
    }

    /// Brings the database to the router's schema.
    pub(crate) async fn migrate(ground: &Ground, config: &Path) -> Result<()> {
        let line = [ground.programs.ours("router-block"), "migrate".into(), "--config".into()];
        let line: Vec<String> = line.into_iter().chain([config.display().to_string()]).collect();
        output(&line, ground.directory.path()).await.map(drop)
    }

    /// Starts it on `core` and waits until it has its directory.
    pub(crate) async fn start(ground: &Ground, url: &str, core: usize) -> Result<Self> {
        let port = free_port()?;
        let config = Self::configure(ground, url, port)?;
        let serve = [ground.programs.ours("router-block"), "serve".into(), "--config".into()];
        let run = Run {
            name: "router",
            command: serve.into_iter().chain([config.display().to_string()]).collect(),
            core: Some(core),
            as_database: false,
            ends_by: Signal::SIGTERM,
        };
        let mut child = Child::start(&ground.programs, ground.directory.path(), &run)?;
        until_ready(&mut child, port, "/readyz", LOAD).await?;
        Ok(Self { port, child })
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its resident set, in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        self.child.resident_bytes()
    }
}
