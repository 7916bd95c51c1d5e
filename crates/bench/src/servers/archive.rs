//! The archive: the release build, over a database of its own, with a register of one home block.

use std::path::Path;
use std::time::Duration;

use common::placement::Placement;
use common::wire::router::{Placements, PlacementsAdopted};
use common::{BlockName, SliceId};
use nix::sys::signal::Signal;
use platform::config::Rpc;
use platform::identity::token_hash;
use platform::rpc::{Caller, Peer, Request};

use super::worker::BLOCK;
use super::{Ground, until_ready};
use crate::failure::{Attempting as _, Result};
use crate::machine::{Child, Run, free_port, output};

/// The launcher's name and secret.
const LAUNCHER: &str = "launcher";
const WITHIN: Duration = Duration::from_secs(10);

/// A running archive.
#[derive(Debug)]
pub(crate) struct Archive {
    port: u16,
    _child: Child,
}

impl Archive {
    /// Brings the database to the archive's schema, starts it and waits until it is ready; then
    /// writes the register as at a first start.
    pub(crate) async fn start(ground: &Ground, database: &str) -> Result<Self> {
        let port = free_port()?;
        let text = format!(
            "[listen]\ninternal = \"127.0.0.1:{port}\"\n\
             [database]\nurl = \"{database}\"\n\
             [identity.callers]\n{LAUNCHER} = \"{}\"\n{BLOCK} = \"{}\"\n",
            token_hash(LAUNCHER),
            token_hash(BLOCK),
        );
        let config = ground.directory.write("archive.toml", &text)?;
        output(&Self::line(ground, "migrate", &config), ground.directory.path()).await?;
        let run = Run {
            name: "archive",
            command: Self::line(ground, "serve", &config),
            core: None,
            as_database: false,
            ends_by: Signal::SIGTERM,
        };
        let mut child = Child::start(&ground.programs, ground.directory.path(), &run)?;
        until_ready(&mut child, port, "/readyz", Duration::from_mins(1)).await?;
        let archive = Self { port, _child: child };
        archive.place().await?;
        Ok(archive)
    }

    fn line(ground: &Ground, command: &str, config: &Path) -> Vec<String> {
        let config = config.display().to_string();
        vec![ground.programs.ours("archive"), command.into(), "--config".into(), config]
    }

    async fn place(&self) -> Result<()> {
        let home: BlockName = BLOCK.parse().attempting("naming the block")?;
        let rows = SliceId::all().map(|slice| Placement::first(home.clone(), slice, LAUNCHER));
        let first = Request::put("/v1/register/first", &Placements { rows: rows.collect() });
        let caller = Caller { service: LAUNCHER.to_owned(), token: LAUNCHER.to_owned() };
        let bounds = Rpc {
            connect_timeout_ms: 1_000,
            idle_max: 1,
            in_flight_max: 1,
            answer_max_bytes: 1 << 20,
            rest_ms: 0,
            doubt_ms: 0,
        };
        let peer = Peer::new("archive", &self.url(), caller, &bounds);
        let peer = peer.attempting("calling the archive")?;
        let _: PlacementsAdopted =
            peer.call(first, WITHIN).await.attempting("writing the register")?;
        Ok(())
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
