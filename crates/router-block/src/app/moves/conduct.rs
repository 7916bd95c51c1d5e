//! Brings moves to their end: own ones, and those that another router has left. The step that is
//! due comes from `common::placement::conduct`, slice by slice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use common::placement::conduct::{Goal, Next, closes_at, conduct, gives_up};
use common::placement::moves::Step;
use common::placement::slice::SliceId;
use common::placement::{Placement, PlacementState};
use common::wire::archive::{MoveOrder, MoveState, MoveView, StepRequest, Who};
use common::wire::block::{SealAnswer, SealOrder};
use common::{BlockName, Generation, Timestamp};
use platform::Failure;
use platform::failure::chain;
use platform::rpc::Request;
use tokio::time::{Instant, sleep};

use super::step::{decided_on, take, waits_for_seals};
use super::{archive, report, rows_of, waves};
use crate::conducting::Followed;
use crate::shared::Shared;

/// Reads the records of moves.
pub async fn read_records(shared: &Shared) -> Result<(), Failure> {
    let archive = archive(shared)?;
    let within = Duration::from_millis(shared.config.conduct.timeout_ms);
    let at = Instant::now();
    let records: Vec<MoveView> = archive.peer.call(Request::get("/v1/moves"), within).await?;
    let running = records.into_iter().filter(|view| view.state == MoveState::Running);
    shared.conducting.follow(running, at);
    Ok(())
}

/// Takes the steps that are due of one move.
pub async fn go_on(shared: &Arc<Shared>, followed: &Followed) {
    let now = Instant::now();
    if !followed.is_ours(now) {
        return;
    }
    let view = &followed.view;
    if let Err(failure) = waves::go_on(shared, view).await {
        let error = chain(&failure);
        tracing::warn!(home = %view.home, error, "the next wave could not begin now");
    }
    let left = sessions_left(shared, view).await;
    for (what, rows) in due(shared, followed, &left, now) {
        if let Err(failure) = close(shared, view, what, rows).await {
            let error = chain(&failure);
            tracing::warn!(home = %view.home, error, "a step could not be taken now");
        }
    }
}

/// A step that several slices need: whom to ask for their SEAL, and whether they are given up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    sealer: BlockName,
    /// Nothing: finish. Otherwise abort, with the target's SEAL or its cut.
    abort: Option<bool>,
}

type Sealed = (Placement, Generation);

/// How many sessions the owners have left of the slices of a planned move, before its deadline.
async fn sessions_left(shared: &Shared, view: &MoveView) -> BTreeMap<SliceId, u64> {
    let waits = view.aborting.is_none() && view.deadline.is_some_and(|at| shared.now() < at);
    if !waits {
        return BTreeMap::new();
    }
    let rows = rows_of(shared, &view.home).into_iter();
    let drains = rows.filter(|row| row.target.as_ref() == Some(&view.target));
    let owners: BTreeSet<BlockName> = drains.map(|row| row.owner).collect();
    let mut left = BTreeMap::new();
    for owner in &owners {
        // Who does not answer has sessions left: the deadline decides.
        let Ok(said) = report(shared, owner).await else { continue };
        let own = said.draining.into_iter().filter(|one| one.home == view.home);
        left.extend(own.map(|one| (one.slice, one.sessions)));
    }
    left
}

fn due(
    shared: &Shared,
    followed: &Followed,
    left: &BTreeMap<SliceId, u64>,
    now: Instant,
) -> BTreeMap<Due, Vec<Sealed>> {
    let view = &followed.view;
    let mut due: BTreeMap<Due, Vec<Sealed>> = BTreeMap::new();
    for row in rows_of(shared, &view.home) {
        let part = view.slices.contains(&row.slice) && row.state == PlacementState::Draining;
        if !part || row.target.as_ref() != Some(&view.target) {
            continue;
        }
        let unchanged = followed.unchanged_ms(now);
        let goal = goal(view, left.get(&row.slice).copied(), shared.now());
        let next = conduct(&row, Some(goal), unchanged, shared.now());
        let Some(Next { seal: (sealer, generation), step }) = next else { continue };
        let abort = match step {
            Step::Abort { cut } => Some(cut),
            _ => None,
        };
        due.entry(Due { sealer, abort }).or_default().push((row, generation));
    }
    due
}

/// What the record of a move wants with a slice of which so many sessions are left.
fn goal(view: &MoveView, left: Option<u64>, now: Timestamp) -> Goal {
    let given_up = view.aborting.is_some();
    let deadline = view.deadline.filter(|_| !given_up).unwrap_or(now);
    Goal {
        finish_at: closes_at(deadline, left, now),
        drop_sessions: view.order == MoveOrder::UrgentDropping,
        abort: view.aborting,
    }
}

/// Asks for the SEALs and proposes the step until it is taken, for as long as one may wait for the
/// stream between the block and the archive.
async fn close(
    shared: &Arc<Shared>,
    view: &MoveView,
    due: Due,
    rows: Vec<Sealed>,
) -> Result<(), Failure> {
    let cut = due.abort == Some(true);
    let sealed = if cut { Ok(()) } else { seal(shared, view, &due.sealer, &rows).await };
    // An owner that does not answer may have sealed before: the archive knows.
    let unanswered = sealed.err();
    let step = match due.abort {
        Some(cut) => Step::Abort { cut },
        None => Step::Finish { drop_sessions: view.order == MoveOrder::UrgentDropping },
    };
    let slices: Vec<SliceId> = rows.iter().map(|(row, _)| row.slice).collect();
    let patience = Duration::from_millis(shared.config.conduct.seal_patience_ms);
    let pause = Duration::from_millis(shared.config.conduct.seal_pause_ms);
    let until = Instant::now() + patience;
    loop {
        let rows: Vec<Placement> = rows_of(shared, &view.home)
            .into_iter()
            .filter(|row| slices.contains(&row.slice) && row.state == PlacementState::Draining)
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let stepped = take(shared, &proposal(view, &step, &rows)).await?;
        if stepped.outcomes.iter().filter_map(|one| one.refused).any(gives_up) {
            tracing::warn!(home = %view.home, target = %view.target, "the target began anew");
        }
        if let Some(failure) = unanswered {
            return Err(failure);
        }
        if !waits_for_seals(&stepped) || Instant::now() >= until {
            return Ok(());
        }
        sleep(pause).await;
    }
}

fn proposal(view: &MoveView, step: &Step, rows: &[Placement]) -> StepRequest {
    StepRequest {
        move_id: Some(view.move_id),
        order: None,
        home: view.home.clone(),
        slices: decided_on(rows),
        step: step.clone(),
        asker: None,
        deadline: None,
        each: true,
        whole: Vec::new(),
        reason: view.reason.clone(),
        decided_by: by(view),
        approval: None,
    }
}

/// Whoever began a move has decided its steps.
fn by(view: &MoveView) -> Who {
    if view.decided_by == "automation" {
        Who::Automation
    } else {
        Who::Person { name: view.decided_by.clone() }
    }
}

async fn seal(
    shared: &Shared,
    view: &MoveView,
    sealer: &BlockName,
    rows: &[Sealed],
) -> Result<(), Failure> {
    let block = shared.blocks.get(sealer).ok_or_else(|| super::unknown(sealer))?;
    let slices = rows.iter().map(|(row, generation)| (row.slice, *generation)).collect();
    let order = SealOrder { home: view.home.clone(), slices };
    let within = Duration::from_millis(shared.config.conduct.timeout_ms);
    let request =
        Request::post_with_id("/internal/v1/seals", &order).by_router(shared.leading.generation());
    let answer: SealAnswer = block.peer.call(request, within).await?;
    if !answer.refused.is_empty() {
        let slices = answer.refused.len();
        tracing::warn!(%sealer, home = %view.home, slices, "slices were not sealed");
    }
    Ok(())
}
