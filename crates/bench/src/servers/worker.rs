//! A client block's worker process, where the relay runs: the release build, with an archive and
//! with a back office that is down.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::{Ground, until_ready};
use crate::failure::Result;
use crate::machine::{Child, Run, free_port};

/// The block's name, and its secret.
pub(crate) const BLOCK: &str = "client-1";

/// A running worker.
#[derive(Debug)]
pub(crate) struct Worker {
    _child: Child,
}

impl Worker {
    /// Starts it and waits until it answers; its relay begins by itself.
    pub(crate) async fn start(
        ground: &Ground,
        (database, redis): (&str, &str),
        archive: &str,
    ) -> Result<Self> {
        let health = free_port()?;
        let nobody = format!("http://127.0.0.1:{}", free_port()?);
        let text = format!(
            "[service]\nname = \"{BLOCK}\"\nprocess = \"{BLOCK}-worker\"\nrole = \"client\"\n\
             data_center = \"dc-a\"\nchannels = [\"worker\"]\n\
             [listen]\nhealth = \"127.0.0.1:{health}\"\n\
             [database]\nurl = \"{database}\"\n[redis]\nurl = \"{redis}\"\n\
             [identity]\ntoken = \"{BLOCK}\"\n\
             [peers.archive]\nurl = \"{archive}\"\n\
             [peers.gateway]\nurl = \"{nobody}\"\n[peers.messages]\nurl = \"{nobody}\"\n"
        );
        let config = ground.directory.write("worker.toml", &text)?.display().to_string();
        let command =
            vec![ground.programs.ours("client-block"), "serve".into(), "--config".into(), config];
        let run = Run {
            name: "worker",
            command,
            core: None,
            as_database: false,
            ends_by: Signal::SIGTERM,
        };
        let mut child = Child::start(&ground.programs, ground.directory.path(), &run)?;
        until_ready(&mut child, health, "/livez", Duration::from_mins(1)).await?;
        Ok(Self { _child: child })
    }
}
