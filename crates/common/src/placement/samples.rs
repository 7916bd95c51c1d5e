//! Rows for the tests of decisions: a home, its backup, and a slice that goes from one to the
//! other.

use super::slice::SliceId;
use super::{Placement, PlacementState};
use crate::ids::{BlockName, Generation, Revision};
use crate::incarnation::Incarnation;

/// A block by its name.
pub(crate) fn name(text: &str) -> BlockName {
    text.parse().unwrap()
}

/// A life of a database.
pub(crate) fn life(system: u64, timeline: u32) -> Incarnation {
    Incarnation { timeline, system, nonce: 0 }
}

/// The home owns under 5 since 3, and the slice drains toward the backup under 6.
pub(crate) fn draining() -> Placement {
    let slice = SliceId::try_from(0).unwrap();
    Placement {
        owner_incarnation: Some(life(1, 1)),
        generation: Generation(5),
        owner_since: Generation(3),
        state: PlacementState::Draining,
        target: Some(name("backup-1")),
        target_incarnation: Some(life(2, 1)),
        target_generation: Some(Generation(6)),
        revision: Revision(9),
        ..Placement::first(name("client-1"), slice, "test")
    }
}

/// The same, with no move under way.
pub(crate) fn resting() -> Placement {
    Placement {
        state: PlacementState::Active,
        target: None,
        target_incarnation: None,
        target_generation: None,
        ..draining()
    }
}
