//! What a move would mean, in the words of the business, before anybody orders it (architecture
//! §4): whom it concerns, what is under way, what would be missing, and how the target differs.

use std::collections::BTreeSet;

use common::BlockName;
use common::placement::readiness::{Difference, Sheet, differences};
use common::wire::archive::{MoveOrder, actions};
use common::wire::block::BlockReport;
use common::wire::ops::{DryRun, OrderMove};
use futures_util::future::join_all;
use platform::Failure;

use super::order::{Meant, meant};
use super::report;
use crate::shared::Shared;

/// Works it out.
pub async fn dry_run(shared: &Shared, wish: &OrderMove) -> Result<DryRun, Failure> {
    let meant = meant(shared, wish)?;
    let owners: BTreeSet<BlockName> = meant.rows.iter().map(|row| row.owner.clone()).collect();
    let owners: Vec<BlockName> = owners.into_iter().collect();
    let asked = join_all(owners.iter().map(|owner| report(shared, owner))).await;
    let reports: Option<Vec<BlockReport>> = asked.into_iter().map(Result::ok).collect();
    let target = report(shared, &meant.target).await.ok();
    let home = report(shared, &wish.home).await.ok();
    let differences = match (&home, &target) {
        (Some(home), Some(target)) if meant.target != wish.home => of(home, target),
        _ => Vec::new(),
    };
    let slices: Vec<_> = meant.rows.iter().map(|row| row.slice).collect();
    let by_force = wish.order == MoveOrder::Forced || wish.by_cut;
    let refused = refusals(shared, wish, &meant, target.as_ref());
    Ok(DryRun {
        home: wish.home.clone(),
        customers: customers(shared, &wish.home, slices.len()),
        sessions: reports.as_ref().map(|all| all.iter().map(|one| one.sessions).sum()),
        unfinished: reports.as_ref().map(|all| all.iter().map(|one| one.unfinished).sum()),
        lag_ms: reports.iter().flatten().filter_map(|one| one.oldest_unsent_ms).max(),
        measured_per_second: target.as_ref().map(|target| target.measured_per_second),
        differences,
        needs_approval: by_force.then(|| actions::force(&wish.home, &slices, &meant.target)),
        refused,
        target: meant.target,
        owners,
        slices,
    })
}

/// Customers of so many of a home's 64 slices: they are spread evenly.
fn customers(shared: &Shared, home: &BlockName, slices: usize) -> u64 {
    let found = shared.homes.iter().find(|known| known.name == *home);
    let all = found.map_or(0, |home| shared.index.customers_of(home.number));
    all * slices as u64 / u64::from(common::placement::slice::SLICES)
}

/// How a target differs from the home.
fn of(home: &BlockReport, target: &BlockReport) -> Vec<Difference> {
    let sheet = |report: &BlockReport| Sheet {
        version: report.payload_version,
        settings: report.settings.clone(),
        measured_per_second: report.measured_per_second,
        // What its customers ask is not measured yet: the target's room is shown beside it.
        needed_per_second: 0,
    };
    differences(&sheet(home), &sheet(target))
}

/// Why the router would not begin it, or the archive would refuse it at once.
fn refusals(
    shared: &Shared,
    wish: &OrderMove,
    meant: &Meant,
    target: Option<&BlockReport>,
) -> Vec<String> {
    let mut found = Vec::new();
    if shared.archive.is_none() {
        found.push("this bank has no archive".to_owned());
    }
    match target {
        None => found.push(format!("{} does not answer", meant.target)),
        Some(report) if report.outlived => {
            found.push(format!("{} is closed: a later life of it is known", meant.target));
        }
        Some(report) if report.phase != "serving" => {
            found.push(format!("{} is {}", meant.target, report.phase));
        }
        Some(_) => {}
    }
    let drains = meant.rows.iter().any(|row| row.target.is_some());
    if drains && wish.order != MoveOrder::Forced && !wish.by_cut {
        found.push("some of the slices are being moved already".to_owned());
    }
    found
}
