//! The simulated systems of record: each with its own listener, database schema, database account
//! and faults, all in one process.
//!
//! They stand in for what a bank plugs in, and their faults are real: a system that is down
//! refuses connections, one that hangs accepts them and stays silent. The gateway cannot tell that
//! they are simulated. They never read the ledger and never each other's tables.

mod app;
mod catalogue;
pub mod config;
mod faults;
mod http;
pub mod reference;
mod running;
mod schema;
mod store;
mod switch;
mod worker;

use std::path::Path;
use std::time::Duration;

use platform::service::{Fatal, run_until_stopped};
use platform::{Clock, Tasks};

pub use catalogue::System;
pub use config::Config;
pub use running::{Systems, start};
pub use schema::migrate_all;
pub use store::HOT as HOT_QUERIES;

/// `back-office systems`: serves until told to stop.
pub async fn run(config: Option<&Path>) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    let tasks = Tasks::new();
    start(&config, Clock::system(), &tasks).await?;
    run_until_stopped(&tasks, Duration::from_millis(config.http.drain_ms)).await
}

/// The systems' part of `back-office migrate`; nothing where no system is configured.
pub async fn migrate(config: Option<&Path>) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    Ok(migrate_all(&config).await?)
}
