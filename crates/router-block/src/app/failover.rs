//! Automatic failover: gathers the evidence about every block, lets `common::failover` decide, and
//! moves a dead block's customers, or prepares that for a person (protocol §3, I14).

use std::collections::BTreeMap;
use std::sync::Arc;

use common::BlockName;
use common::failover::{Evidence, Sight, Verdict, by_domain, decide, looks_dead};
use common::placement::Placement;
use common::placement::moves::Step;
use common::wire::archive::{MoveOrder, Refusal, StepRequest, Who, actions};
use common::wire::ops::{AutomationView, NotByItself, Prepared, Vantage};
use common::wire::watch::{Seen, SightOf, Sights};
use platform::failure::chain;
use platform::random;
use tokio::time::Instant;

use super::disasters;
use super::moves::step::{changed, decided_on, take};
use crate::shared::Shared;
use crate::watching::{Known, aged};

/// Looks at every block once.
pub async fn look(shared: &Arc<Shared>) {
    let now = Instant::now();
    let all = vantage_points(shared, now);
    let own = shared.prober.sights().blocks;
    let all_alike = own.len() > 1 && own.iter().all(|sight| sight.seen != Seen::Well);
    for SightOf { block, seen } in &own {
        if *seen == Seen::Well {
            shared.watching.withdraw(block);
            continue;
        }
        for (home, rows) in served_by(shared, block) {
            let Some(target) = target(shared, block, &home) else { continue };
            let verdict = verdict(shared, &all, block, &target, all_alike, now);
            let why = match verdict {
                Found::Nothing => continue,
                Found::Prepare(why) => Some(why),
                Found::Move => force(shared, &home, &target, &rows).await,
            };
            match why {
                Some(why) => prepare(shared, block, &home, &target, &rows, why),
                None => shared.watching.withdraw(block),
            }
        }
    }
}

/// What is to be done about a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Move,
    Prepare(NotByItself),
}

/// Own sights and those of others that are recent.
fn vantage_points(shared: &Shared, now: Instant) -> Vec<Known<Sights>> {
    let mut all = shared.watching.sights(now, shared.config.automation.stale_ms);
    all.push(Known { value: shared.prober.sights(), at: now });
    all
}

/// The rows that a block owns, by home.
fn served_by(shared: &Shared, block: &BlockName) -> BTreeMap<BlockName, Vec<Placement>> {
    let mut homes: BTreeMap<BlockName, Vec<Placement>> = BTreeMap::new();
    for row in shared.register.rows().into_iter().filter(|row| row.owner == *block) {
        homes.entry(row.home.clone()).or_default().push(row);
    }
    homes
}

/// Who takes over: of a home its backup, of a backup the home.
fn target(shared: &Shared, block: &BlockName, home: &BlockName) -> Option<BlockName> {
    if block == home { shared.config.backups.get(home).cloned() } else { Some(home.clone()) }
}

fn verdict(
    shared: &Shared,
    all: &[Known<Sights>],
    block: &BlockName,
    target: &BlockName,
    all_alike: bool,
    at: Instant,
) -> Found {
    let now = shared.now();
    let seen = by_domain(all.iter().flat_map(|known| {
        let of_block = known.value.blocks.iter().filter(|sight| sight.block == *block);
        let ago_ms = known.ago_ms(at);
        let domain = known.value.data_center.as_str();
        of_block.map(move |sight| (domain, aged(sight.seen, ago_ms)))
    }));
    let sights: Vec<_> = seen.iter().map(|seen| Some(Sight::from((*seen, now)))).collect();
    let held = shared.watching.automation().is_some_and(|known| known.value.held);
    let served = shared.watching.served_ago_ms(block, at);
    let limit = shared.config.automation.lag_limit_ms;
    let evidence = Evidence {
        sights: &sights,
        gateway_served: served.map(|ago| now.plus_ms(-ago)),
        lag_ms: (lag_ms(shared, block).unwrap_or(i64::MAX), limit),
        capacity: (u64::from(has_room(shared, target, at)), 1),
        all_alike,
        held: held || !shared.config.automation.enabled,
    };
    match decide(&evidence, now) {
        Verdict::Move => Found::Move,
        Verdict::Prepare(why) => Found::Prepare(why.into()),
        // From here it is dead, and nobody elsewhere says that it lives.
        Verdict::Nothing if seen.len() == 1 && looks_dead(seen[0]) => {
            Found::Prepare(NotByItself::NoMajority)
        }
        Verdict::Nothing => Found::Nothing,
    }
}

/// How much of a block's stream the archive lacked when the block last said so.
fn lag_ms(shared: &Shared, block: &BlockName) -> Option<i64> {
    let report = shared.watching.report(block)?.value;
    Some(report.oldest_unsent_ms.unwrap_or(0))
}

/// Does the target say, just now, that it serves?
fn has_room(shared: &Shared, target: &BlockName, now: Instant) -> bool {
    let recent = i64::try_from(3 * shared.config.automation.report_ms).unwrap_or(i64::MAX);
    shared.watching.report(target).is_some_and(|known| {
        let report = &known.value;
        known.ago_ms(now) <= recent && report.phase == "serving" && !report.outlived
    })
}

/// Moves all that a dead block serves of a home, in one transaction at the archive; says why not.
async fn force(
    shared: &Arc<Shared>,
    home: &BlockName,
    target: &BlockName,
    rows: &[Placement],
) -> Option<NotByItself> {
    let Some(report) = shared.watching.report(target) else {
        return Some(NotByItself::Capacity);
    };
    let incarnation = report.value.incarnation;
    let request = StepRequest {
        move_id: Some(random::uuid()),
        order: Some(MoveOrder::Forced),
        home: home.clone(),
        slices: decided_on(rows),
        step: Step::Force { target: target.clone(), incarnation, drop_sessions: false },
        asker: None,
        deadline: None,
        each: true,
        whole: Vec::new(),
        reason: format!("{} looks dead", rows[0].owner),
        decided_by: Who::Automation,
        approval: None,
    };
    match take(shared, &request).await {
        Ok(stepped) => {
            let slices = changed(&stepped).len();
            if slices > 0 {
                tracing::warn!(%home, %target, slices, "automation has moved a dead block");
                metrics::counter!("router_automatic_moves_total").increment(1);
            }
            match stepped.refused {
                None | Some(Refusal::Row) => None,
                Some(Refusal::AutomationHeld) => Some(NotByItself::Held),
                Some(Refusal::AutomationSpent) => Some(NotByItself::Spent),
                Some(_) => Some(NotByItself::Archive),
            }
        }
        Err(failure) => {
            let error = chain(&failure);
            tracing::warn!(%home, %target, error, "automation could not move a dead block");
            Some(NotByItself::Archive)
        }
    }
}

fn prepare(
    shared: &Shared,
    block: &BlockName,
    home: &BlockName,
    target: &BlockName,
    rows: &[Placement],
    why: NotByItself,
) {
    let slices: Vec<_> = rows.iter().map(|row| row.slice).collect();
    let action = actions::force(home, &slices, target);
    shared.watching.prepare(Prepared {
        block: block.clone(),
        home: home.clone(),
        target: target.clone(),
        slices,
        why,
        since: shared.now(),
        action,
    });
}

/// What administrators are shown of it.
pub fn view(shared: &Shared) -> AutomationView {
    let now = Instant::now();
    let vantage = |known: Known<Sights>| {
        let ago_ms = known.ago_ms(now);
        let unwell = known.value.blocks.into_iter().filter(|sight| sight.seen != Seen::Well);
        Vantage {
            observer: known.value.observer,
            data_center: known.value.data_center,
            ago_ms,
            unwell: unwell.map(|sight| sight.block).collect(),
        }
    };
    AutomationView {
        automation: shared.watching.automation().map(|known| known.value),
        prepared: shared.watching.prepared(),
        lost: disasters::lost(shared),
        vantage_points: vantage_points(shared, now).into_iter().map(vantage).collect(),
    }
}
