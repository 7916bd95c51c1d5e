//! What every request and task of the archive works with.

use std::sync::{Mutex, PoisonError};

use common::Timestamp;
use platform::Clock;
use platform::config::{ConfigError, Database};
use platform::pg::Db;
use time::Date;

use crate::config::{Bounds, Config};

/// The archive, as one of its processes sees it.
pub struct Archive {
    /// Its database, for requests.
    pub db: Db,
    /// The same for its own tasks.
    pub own: Db,
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
        let own = Database { pool_max: config.archive.worker_pool_max, ..config.database.clone() };
        Ok(Self {
            db: Db::new(&config.database, &config.service.process)?,
            own: Db::new(&own, &config.service.process)?,
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
