//! How long the archive keeps its log, and what becomes of a block that was away for longer
//! (protocol §4, §10: *a home dead for longer than the log*).

use super::following::Reading;
use crate::guards::{Guard, Guards};
use crate::placement::{Placement, PlacementState};

/// May a part of the log be dropped? Only when it is old enough, and no slice that it tells of is
/// away or returning: that slice's home has yet to follow it. `slices` are their rows.
pub fn may_drop<'a>(
    age_ms: i64,
    keep_ms: i64,
    slices: impl IntoIterator<Item = &'a Placement>,
) -> bool {
    age_ms >= keep_ms && slices.into_iter().all(|row| row.state == PlacementState::Active)
}

/// Is a cursor behind the place at which the log begins? Then the block is told so: it goes on from
/// the beginning of the log, and loads every customer of its slices anew, because something may be
/// in the entities that it has never followed.
pub fn too_old(reading: &Reading, begins: u64, guards: Guards) -> bool {
    reading.from < begins && guards.has(Guard::TooOldLoadsAll)
}

#[cfg(test)]
#[path = "tests/retention.rs"]
mod tests;
