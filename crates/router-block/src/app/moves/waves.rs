//! A return goes in waves of slices, 1, 4, 16, then all, each once the one before has arrived
//! (protocol §3). How far it is, is read from the rows: any router can go on with it.

use std::sync::Arc;

use common::placement::moves::Step;
use common::placement::{Placement, PlacementState};
use common::wire::archive::{MoveOrder, MoveView, StepRequest, Who};
use common::wire::block::BlockReport;
use platform::Failure;

use super::step::{decided_on, take};
use super::{report, rows_of};
use crate::shared::Shared;

/// The slices of the next wave, when `done` slices have arrived.
pub fn next(remaining: &[Placement], done: usize) -> &[Placement] {
    let most = match done {
        0 => 1,
        1..5 => 4,
        5..21 => 16,
        _ => usize::MAX,
    };
    &remaining[..remaining.len().min(most)]
}

/// How far a return is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Slices that are with their home, and active.
    pub done: usize,
    /// Slices that are on their way.
    pub under_way: usize,
    /// Slices that a backup still owns.
    pub remaining: Vec<Placement>,
}

/// Reads it from the rows of the move.
pub fn progress(view: &MoveView, rows: Vec<Placement>) -> Progress {
    let mut progress = Progress::default();
    for row in rows.into_iter().filter(|row| view.slices.contains(&row.slice)) {
        match row.state {
            PlacementState::Active => progress.done += 1,
            PlacementState::Draining | PlacementState::Returning => progress.under_way += 1,
            PlacementState::Moved => progress.remaining.push(row),
        }
    }
    progress
}

/// Begins the next wave of a return, if it is time for it.
pub async fn go_on(shared: &Arc<Shared>, view: &MoveView) -> Result<(), Failure> {
    if view.order != MoveOrder::Return || view.aborting.is_some() {
        return Ok(());
    }
    let progress = progress(view, rows_of(shared, &view.home));
    if progress.under_way > 0 || progress.remaining.is_empty() {
        return Ok(());
    }
    let home = report(shared, &view.home).await?;
    if !is_close(&home, shared.config.conduct.behind_limit_ms) {
        return Ok(());
    }
    let target = view.home.clone();
    let request = StepRequest {
        move_id: Some(view.move_id),
        order: None,
        home: view.home.clone(),
        slices: decided_on(next(&progress.remaining, progress.done)),
        step: Step::Drain { target, incarnation: home.incarnation },
        asker: None,
        deadline: None,
        each: true,
        whole: Vec::new(),
        reason: view.reason.clone(),
        decided_by: Who::Person { name: view.decided_by.clone() },
        approval: None,
    };
    let slices = request.slices.len();
    take(shared, &request).await?;
    tracing::info!(home = %view.home, slices, "the next wave returns");
    Ok(())
}

/// Is a home close enough behind what others did for its customers that they can be given back?
fn is_close(home: &BlockReport, limit_ms: i64) -> bool {
    let serves = home.phase == "serving" && !home.outlived;
    serves && home.followed_ago_ms.is_none_or(|ago| ago <= limit_ms)
}

#[cfg(test)]
mod tests {
    use common::placement::slice::SliceId;

    use super::*;

    #[test]
    fn waves_grow_and_end_with_all_that_is_left() {
        let home: common::BlockName = "client-1".parse().unwrap();
        let rows: Vec<_> =
            SliceId::all().map(|slice| Placement::first(home.clone(), slice, "test")).collect();
        let mut done = 0;
        let mut waves = Vec::new();
        while done < rows.len() {
            let wave = next(&rows[done..], done).len();
            waves.push(wave);
            done += wave;
        }
        assert_eq!(waves, [1, 4, 16, 43]);
    }
}
