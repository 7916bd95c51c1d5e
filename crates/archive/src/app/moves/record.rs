//! The records of moves: what any router needs to go on with one. Where a move stands is derived
//! from its rows whenever one of them changes.

use std::collections::BTreeSet;

use common::placement::Placement;
use common::placement::moves::Step;
use common::placement::records::stage;
use common::wire::archive::{MoveState, MoveView, StepRequest};
use common::{BlockName, SliceId};
use platform::Failure;
use platform::pg::Transaction;

use crate::archive::Archive;
use crate::store::moves::{self, Record, state_of};
use crate::store::placement;

/// Somebody wants a move given up whose rows do not allow it yet (the target's SEAL is missing): it
/// is written down, so that whichever router goes on with the move knows.
pub(super) async fn asked_to_abort(
    archive: &Archive,
    tx: &Transaction<'_>,
    request: &StepRequest,
) -> Result<(), Failure> {
    let Step::Abort { cut } = request.step else { return Ok(()) };
    for mut record in moves::hold(tx, &request.home, request.move_id).await? {
        let meant = Some(record.view.move_id) == request.move_id;
        if meant && record.view.state == MoveState::Running {
            record.view.aborting = Some(cut);
            record.view.stepped_at = archive.now();
            moves::update(tx, &record).await?;
        }
    }
    Ok(())
}

/// A step was taken: opens the record of a move that begins, and brings those up to date that the
/// rows belong to.
pub(super) async fn stepped(
    archive: &Archive,
    tx: &Transaction<'_>,
    request: &StepRequest,
    next: &[&Placement],
    approved_by: Option<&str>,
) -> Result<(), Failure> {
    let changed: BTreeSet<SliceId> = next.iter().map(|row| row.slice).collect();
    if let Some(record) = begun(archive, request, next, approved_by) {
        moves::insert(tx, &record).await?;
    }
    for mut record in moves::hold(tx, &request.home, request.move_id).await? {
        let own = Some(record.view.move_id) == request.move_id;
        if own {
            let mut begun: BTreeSet<SliceId> = record.begun.iter().copied().collect();
            begun.extend(&changed);
            record.begun = begun.iter().copied().collect();
            begun.extend(&record.view.slices);
            record.view.slices = begun.into_iter().collect();
            record.view.stepped_at = archive.now();
            if let Step::Abort { cut } = request.step {
                record.view.aborting = Some(cut);
            }
            if request.deadline.is_some() {
                record.view.deadline = request.deadline;
            }
        } else if !record.begun.iter().any(|slice| changed.contains(slice)) {
            continue;
        }
        bring_up_to_date(tx, &mut record).await?;
    }
    Ok(())
}

/// The record of a move whose first step this is.
fn begun(
    archive: &Archive,
    request: &StepRequest,
    next: &[&Placement],
    approved_by: Option<&str>,
) -> Option<Record> {
    let (move_id, order) = (request.move_id?, request.order?);
    let target = target(&request.step)?.clone();
    let begun: Vec<SliceId> = next.iter().map(|row| row.slice).collect();
    let all: BTreeSet<SliceId> = request.whole.iter().chain(&begun).copied().collect();
    let now = archive.now();
    let view = MoveView {
        move_id,
        order,
        home: request.home.clone(),
        target,
        slices: all.into_iter().collect(),
        deadline: request.deadline,
        state: MoveState::Running,
        aborting: None,
        reason: request.reason.clone(),
        decided_by: next.first()?.decided_by.clone(),
        approved_by: approved_by.map(str::to_owned),
        began_at: now,
        stepped_at: now,
    };
    Some(Record { view, begun })
}

fn target(step: &Step) -> Option<&BlockName> {
    match step {
        Step::Drain { target, .. } | Step::Force { target, .. } => Some(target),
        Step::Finish { .. } | Step::Abort { .. } | Step::Settle | Step::Claim => None,
    }
}

/// Brings every running move up to date: rows were set that no step has changed.
pub async fn records_up_to_date(tx: &Transaction<'_>) -> Result<(), Failure> {
    for mut record in moves::hold_running(tx).await? {
        bring_up_to_date(tx, &mut record).await?;
    }
    Ok(())
}

/// Derives where a move stands from its rows as they are in this transaction.
async fn bring_up_to_date(tx: &Transaction<'_>, record: &mut Record) -> Result<(), Failure> {
    let home = &record.view.home;
    let places: Vec<_> = record.begun.iter().map(|slice| (home.clone(), *slice)).collect();
    let rows = placement::read(tx, &places).await?;
    let aborting = record.view.aborting.is_some();
    let yet_to_begin = record.view.slices.len().saturating_sub(record.begun.len());
    let stage = stage(&record.view.target, rows.values(), yet_to_begin, aborting);
    record.view.state = state_of(stage);
    moves::update(tx, record).await?;
    Ok(())
}
