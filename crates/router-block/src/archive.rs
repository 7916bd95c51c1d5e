//! The archive as this router meets it: where it is called, which of its lives answered last, and
//! what of its register was read.

use std::time::Duration;

use common::Incarnation;
use platform::config::ConfigError;
use platform::rpc::Peer;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use crate::blocks::caller;
use crate::config::Config;

/// The archive.
pub struct Archive {
    /// Its API.
    pub peer: Peer,
    /// One reads its register at a time; whoever waits for that takes what was read.
    pub reading: Mutex<Reading>,
    /// The life that answered last; nothing of an earlier one counts.
    life: watch::Sender<Option<Incarnation>>,
}

/// How far its register was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// By which life, and its `version`.
    pub version: Option<(Incarnation, u64)>,
    /// When the last reading that succeeded began.
    pub began: Option<Instant>,
}

impl Archive {
    /// The archive of the configuration, if there is one.
    pub fn of(config: &Config) -> Result<Option<Self>, ConfigError> {
        if !config.peers.contains_key("archive") {
            return Ok(None);
        }
        Ok(Some(Self {
            peer: Peer::over("archive", config.peer_urls("archive")?, caller(config), &config.rpc)?,
            reading: Mutex::default(),
            life: watch::Sender::new(None),
        }))
    }

    /// The life that answered last.
    pub fn life(&self) -> Option<Incarnation> {
        *self.life.borrow()
    }

    /// Takes note of the life that answers; `false` if it is over.
    pub fn answers(&self, life: Incarnation) -> bool {
        let known = self.life();
        if known.is_some_and(|known| known.is_later_than(&life)) {
            return false;
        }
        if known != Some(life) {
            tracing::info!(%life, "the archive answers in this life");
            self.life.send_replace(Some(life));
        }
        true
    }
}

/// Is what was read at `began` recent enough for somebody who asked at `asked`, if readings follow
/// each other by `least`?
pub fn is_recent(began: Option<Instant>, asked: Instant, least: Duration) -> bool {
    began.is_some_and(|began| began + least > asked)
}
