//! Demo data for the ledger and the systems: deterministic, loaded by COPY.
//!
//! What a customer has follows from his number and the day on which he is loaded, so every run
//! over the same day makes the same. Customers who are there are left alone: a second run changes
//! nothing, a larger file adds the new ones. Everything is invented.

mod app;
mod chance;
mod copy;
mod customers;
mod history;
mod products;
mod store;

use std::path::Path;

use common::Timestamp;
use platform::Clock;
use platform::service::Fatal;
use tokio::time::Instant;

pub use app::{Loaded, load};
pub use customers::{Customer, read};

use crate::systems::Config;

/// `back-office seed`: loads what is not there yet.
pub async fn run(config: Option<&Path>, customers: &Path) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    let started = Instant::now();
    let customers = read(customers)?;
    let loaded = load(&config, customers, Clock::system().now()).await?;
    for (what, rows) in &loaded.rows {
        tracing::info!(what, rows, "loaded");
    }
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(customers = loaded.customers, took_ms, "demo data is there");
    Ok(())
}

/// The midnight (UTC) before `now`: where histories end.
fn midnight(now: Timestamp) -> Timestamp {
    const DAY_MS: i64 = 86_400_000;
    Timestamp::from_unix_ms(now.unix_ms().div_euclid(DAY_MS) * DAY_MS)
}
