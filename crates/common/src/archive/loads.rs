//! What the archive remembers of loads: who has shown a customer a view, and under which generation
//! (protocol §5, *Adoption*).

use super::asked::Load;
use crate::guards::{Guard, Guards};
use crate::ids::Generation;
use crate::incarnation::StreamId;

/// The newest generation under which somebody else has loaded him: goes with the answer to a load,
/// so that the block knows which of its own operations a view may have lacked.
pub fn newest_elsewhere(loads: &[Load], by: &StreamId) -> Option<Generation> {
    let others = loads.iter().filter(|(stream, _)| stream.as_ref() != Some(by));
    others.map(|(_, generation)| *generation).max()
}

/// Must this load be written down? Only once.
pub fn is_new(loads: &[Load], load: &Load) -> bool {
    !loads.contains(load)
}

/// The load that a recovering archive writes down for every customer of a slice: it does not know
/// who has loaded whom, so all count as loaded under the highest generation seen.
pub fn recovered(highest: Generation, guards: Guards) -> Option<Load> {
    guards.has(Guard::RecoveryRaisesLoads).then_some((None, highest))
}

#[cfg(test)]
#[path = "tests/loads.rs"]
mod tests;
