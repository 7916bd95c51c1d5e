//! A private Redis that keeps nothing on the disk.

use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::{Ground, POLL};
use crate::failure::{Failure, Result};
use crate::machine::{Child, Run, free_port};

/// A running Redis.
#[derive(Debug)]
pub(crate) struct Redis {
    port: u16,
    _child: Child,
}

impl Redis {
    /// Starts it.
    pub(crate) async fn start(ground: &Ground) -> Result<Self> {
        let port = free_port()?;
        let (text, folder) = (port.to_string(), ground.directory.path().display().to_string());
        let command = [
            "redis-server",
            "--port",
            &text,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            &folder,
        ];
        let run = Run {
            name: "redis",
            command: command.map(str::to_owned).to_vec(),
            core: None,
            as_database: false,
            ends_by: Signal::SIGTERM,
        };
        let mut child = Child::start(&ground.programs, ground.directory.path(), &run)?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            child.must_run()?;
            if Instant::now() > deadline {
                return Err(Failure::say("Redis does not answer"));
            }
            sleep(POLL).await;
        }
        Ok(Self { port, _child: child })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}
