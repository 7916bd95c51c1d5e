//! A client block's mobile process: the release build, with its database and its Redis, and with
//! a back office that is down: nobody listens where its gateway should be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::{Ground, until_ready};
use crate::failure::Result;
use crate::machine::{Child, Run, free_port, output};

/// The secret under which tickets for the block are sealed.
pub(crate) const TICKET_KEY: [u8; 32] = [7; 32];

/// A running block.
#[derive(Debug)]
pub(crate) struct Block {
    port: u16,
    _child: Child,
}

impl Block {
    /// Writes its configuration. The limit on logins of one address is raised: all come from one.
    pub(crate) fn configure(
        ground: &Ground,
        database: &str,
        redis: &str,
    ) -> Result<(PathBuf, u16)> {
        let port = free_port()?;
        let gateway = free_port()?;
        let key = hex::encode(TICKET_KEY);
        let text = format!(
            "[service]\nname = \"client-1\"\nprocess = \"client-1-mobile\"\nrole = \"client\"\n\
             data_center = \"dc-a\"\nchannels = [\"mobile\"]\n\
             [listen]\nmobile = \"127.0.0.1:{port}\"\n\
             [database]\nurl = \"{database}\"\n[redis]\nurl = \"{redis}\"\n\
             [peers.gateway]\nurl = \"http://127.0.0.1:{gateway}\"\n\
             [peers.messages]\nurl = \"http://127.0.0.1:{gateway}\"\n\
             [ticket_keys]\nclient-1 = \"{key}\"\n\
             [limits]\nlogins_per_minute = 1000000000\n"
        );
        Ok((ground.directory.write("client-1.toml", &text)?, port))
    }

    /// Brings a database to the block's schema.
    pub(crate) async fn migrate(ground: &Ground, database: &str) -> Result<()> {
        let (config, _) = Self::configure(ground, database, "redis://127.0.0.1:1")?;
        let line = Self::line(ground, "migrate", &config);
        output(&line, ground.directory.path()).await.map(drop)
    }

    /// Starts it and waits until it serves.
    pub(crate) async fn start(ground: &Ground, database: &str, redis: &str) -> Result<Self> {
        let (config, port) = Self::configure(ground, database, redis)?;
        let run = Run {
            name: "client-1",
            command: Self::line(ground, "serve", &config),
            core: None,
            as_database: false,
            ends_by: Signal::SIGTERM,
        };
        let mut child = Child::start(&ground.programs, ground.directory.path(), &run)?;
        until_ready(&mut child, port, "/readyz", Duration::from_mins(1)).await?;
        Ok(Self { port, _child: child })
    }

    fn line(ground: &Ground, command: &str, config: &Path) -> Vec<String> {
        let config = config.display().to_string();
        vec![ground.programs.ours("client-block"), command.into(), "--config".into(), config]
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}
