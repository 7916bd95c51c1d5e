//! What is watched while a drill runs, beside the customers: how far the archive is behind each
//! block, and what of the customers' record it did not have at the event.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::Timestamp;
use tokio::time::sleep;
use uuid::Uuid;

use super::store;
use crate::check::{Database, Evidence, Holds};
use crate::failure::{Failure, Result};
use crate::load::promises::{Line, What};
use crate::place::Place;

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Samples of how far the archive was behind.
#[derive(Debug, Default)]
pub(super) struct Lags {
    samples: RefCell<Vec<Duration>>,
}

impl Lags {
    /// Looks until it is dropped. A block that cannot be asked is asked anew.
    pub(super) async fn watch(&self, place: &Place) -> Result<()> {
        let mut evidence = Evidence::gather(place, None).await?;
        loop {
            sleep(LOOK_EVERY).await;
            let mut lost = false;
            for block in evidence.leading(Holds::Customers) {
                match store::lag_ms(&block.client).await {
                    Ok(ms) => {
                        self.samples.borrow_mut().push(Duration::from_secs_f64(ms.max(0.0) / 1e3));
                    }
                    Err(_gone) => lost = true,
                }
            }
            if lost {
                evidence = Evidence::gather(place, None).await?;
            }
        }
    }

    /// What was seen.
    pub(super) fn seen(&self) -> Vec<Duration> {
        self.samples.borrow().clone()
    }
}

/// How far back what only the dead block had reaches: of all that customers were told by it before
/// `at`, the oldest that neither the archive nor the gateway has. Nothing: zero.
pub(super) async fn recovery_point(
    evidence: &Evidence,
    promises: &[Line],
    block: &str,
    at: Timestamp,
) -> Result<Duration> {
    let mut told: BTreeMap<Uuid, Timestamp> = BTreeMap::new();
    for line in promises.iter().filter(|line| line.at <= at) {
        if let What::Told { operation_id, block: by, .. } = &line.what
            && by == block
        {
            told.entry(operation_id.0).or_insert(line.at);
        }
    }
    let ids: Vec<Uuid> = told.keys().copied().collect();
    let mut second: BTreeSet<Uuid> = BTreeSet::new();
    if let Some(archive) = evidence.leading(Holds::Archive).next() {
        second.extend(read(archive, store::archived(&archive.client, &ids).await)?);
    }
    if let Some(gateway) = evidence.leading(Holds::Gateway).next() {
        second.extend(read(gateway, store::at_gateway(&gateway.client, &ids).await)?);
    }
    let missing = told.iter().filter(|(id, _)| !second.contains(*id)).map(|(_, at)| *at);
    let oldest = missing.map(|told_at| at.ms_since(told_at)).max().unwrap_or(0);
    Ok(Duration::from_millis(u64::try_from(oldest).unwrap_or(0)))
}

/// The failure of a database that could not be read.
pub(super) fn read<T>(
    database: &Database,
    outcome: std::result::Result<T, tokio_postgres::Error>,
) -> Result<T> {
    outcome.map_err(|error| {
        let sentence = format!("{} cannot be read: {error}.", database.name);
        Failure::new("DRILL-DATABASE", sentence)
    })
}
