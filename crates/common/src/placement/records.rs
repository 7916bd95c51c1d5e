//! Where a move stands, as its rows say: nobody declares one done.

use super::{Placement, PlacementState};
use crate::ids::BlockName;

/// Where a move stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Something of it has yet to come, or is under way.
    Running,
    /// Every slice is with the target, and has joined what it had to.
    Done,
    /// Nothing of it is under way, and some slices are not with the target.
    Aborted,
}

/// Derives it from the rows of the slices that were begun, and how many have `yet_to_begin`; these
/// never will if the move is `aborting`, or has failed for another slice.
pub fn stage<'a>(
    target: &BlockName,
    begun: impl IntoIterator<Item = &'a Placement>,
    yet_to_begin: usize,
    aborting: bool,
) -> Stage {
    let (mut running, mut failed) = (false, aborting && yet_to_begin > 0);
    for row in begun {
        let drains = row.target.as_ref() == Some(target);
        let arrives = row.owner == *target;
        running |= drains || (arrives && row.state == PlacementState::Returning);
        failed |= !drains && !arrives;
    }
    match (running, failed) {
        (true, _) => Stage::Running,
        (false, true) => Stage::Aborted,
        (false, false) if yet_to_begin > 0 => Stage::Running,
        (false, false) => Stage::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Generation;

    #[test]
    fn the_rows_say_where_a_move_stands() {
        use PlacementState::{Active, Draining, Moved, Returning};
        let (home, backup): (BlockName, BlockName) =
            ("client-1".parse().unwrap(), "backup-2".parse().unwrap());
        let slice = super::super::slice::SliceId::try_from(3).unwrap();
        let row = |state, owner: &BlockName, target: Option<&BlockName>| Placement {
            owner: owner.clone(),
            state,
            target: target.cloned(),
            target_generation: target.map(|_| Generation(2)),
            ..Placement::first(home.clone(), slice, "test")
        };
        let draining = || row(Draining, &home, Some(&backup));
        let moved = || row(Moved, &backup, None);
        let aborted = || row(Returning, &home, None);
        let cases = [
            ("drains", &backup, vec![draining(), moved()], 0, false, Stage::Running),
            ("all are there", &backup, vec![moved(), moved()], 0, false, Stage::Done),
            ("more will come", &backup, vec![moved()], 3, false, Stage::Running),
            ("no more will come", &backup, vec![moved()], 3, true, Stage::Aborted),
            ("given up", &backup, vec![aborted(), moved()], 3, false, Stage::Aborted),
            ("given up, one drains", &backup, vec![aborted(), draining()], 0, true, Stage::Running),
            ("aborting", &backup, vec![draining()], 0, true, Stage::Running),
            ("returns", &home, vec![row(Returning, &home, None)], 0, false, Stage::Running),
            ("has returned", &home, vec![row(Active, &home, None)], 0, false, Stage::Done),
        ];
        for (case, target, rows, yet_to_begin, aborting, expected) in cases {
            assert_eq!(stage(target, &rows, yet_to_begin, aborting), expected, "{case}");
        }
    }
}
