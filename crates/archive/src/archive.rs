//! What every request and task of the archive works with.

use std::sync::{Mutex, PoisonError};

use common::Timestamp;
use platform::Clock;
use platform::config::{ConfigError, Database};
use platform::pg::Db;
use platform::rpc::{Caller, Peer};
use time::Date;

use crate::config::{Bounds, Config};

/// The archive, as one of its processes sees it.
pub struct Archive {
    /// Its database, for requests that read.
    pub db: Db,
    /// The same for requests that write: they may have to wait for a standby, and must not keep the
    /// others from the register.
    pub writing: Db,
    /// The same for people who decide whether it waits.
    pub people: Db,
    /// The same for its own tasks.
    pub own: Db,
    /// The gateway, for its fences.
    pub gateway: Option<Peer>,
    /// Who is heard before it has recovered.
    pub witnesses: Vec<String>,
    /// The time.
    pub clock: Clock,
    /// The archive's bounds.
    pub bounds: Bounds,
    /// The last day on which this process has seen the log's partitions made.
    log_day: Mutex<Option<Date>>,
}

impl Archive {
    /// Built from its configuration; nothing is connected yet.
    pub fn new(config: &Config, clock: Clock) -> Result<Self, ConfigError> {
        let pool = |pool_max| {
            let database = Database { pool_max, ..config.database.clone() };
            Db::new(&database, &config.service.process)
        };
        Ok(Self {
            db: pool(config.database.pool_max)?,
            writing: pool(config.database.pool_max)?,
            people: pool(config.archive.people_pool_max)?,
            own: pool(config.archive.worker_pool_max)?,
            gateway: gateway(config)?,
            witnesses: config.witnesses(),
            clock,
            bounds: config.archive.clone(),
            log_day: Mutex::new(None),
        })
    }

    /// Has the log a partition for this day, and one for the next?
    pub fn log_reaches(&self, day: Date) -> bool {
        *self.log_day.lock().unwrap_or_else(PoisonError::into_inner) == Some(day)
    }

    /// It has now.
    pub fn log_made_for(&self, day: Date) {
        *self.log_day.lock().unwrap_or_else(PoisonError::into_inner) = Some(day);
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn gateway(config: &Config) -> Result<Option<Peer>, ConfigError> {
    let Some(peer) = config.peers.get("gateway") else { return Ok(None) };
    let (service, token) = (config.service.name.clone(), config.identity.token.clone());
    Peer::over("gateway", &peer.urls, Caller { service, token }, &config.rpc).map(Some)
}
