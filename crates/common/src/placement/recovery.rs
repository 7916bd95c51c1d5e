//! What a new life of the archive makes of the register (protocol §4).
//!
//! The archive may have lost rows that others acted on. Blocks and routers hand in their copies and
//! gateways their highest fences; every row is then set so far above all of them that nothing which
//! was issued before can be issued again (I4).

use super::moves::{RECOVERY_GAP, above};
use super::{Placement, PlacementState};
use crate::archive::asked::Load;
use crate::archive::loads;
use crate::guards::{Guard, Guards};
use crate::ids::{BlockName, Generation, Revision};
use crate::incarnation::Incarnation;

/// The row after recovery, from every copy of it that was handed in, the archive's own included.
///
/// A drain that was under way is given up: its target may have served customers, so the owner loads
/// everybody again. Otherwise the owner's copies stay good: recovery does not touch `owner_since`.
pub fn recovered(copies: &[&Placement], fence: Generation, guards: Guards) -> Option<Placement> {
    let newest = copies.iter().max_by_key(|copy| copy.revision)?;
    let highest = copies.iter().map(|copy| copy.highest_generation()).max()?.max(fence);
    let generation = Generation(highest.0 + RECOVERY_GAP);
    let gap = if guards.has(Guard::RecoveryRaisesRevision) { RECOVERY_GAP } else { 0 };
    let mut row = Placement {
        generation,
        revision: Revision(newest.revision.0 + gap),
        reason: "the archive recovered".to_owned(),
        decided_by: "archive".to_owned(),
        ..(*newest).clone()
    };
    if row.state == PlacementState::Draining {
        let home = row.owner == row.home;
        row.state = if home { PlacementState::Returning } else { PlacementState::Moved };
        row.owner_since = above(generation);
        row.generation = above(generation);
        row.target = None;
        row.target_incarnation = None;
        row.target_generation = None;
    }
    Some(row)
}

/// Whether a witness has been heard: a block, a router, or a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Not yet.
    No,
    /// A copy of the register, or the fences.
    Yes,
    /// Two persons do without it.
    Excused,
}

impl Heard {
    /// A copy that was handed in. A block's counts only once it has sent again everything that it
    /// wrote before it knew of this life: judged later, it would look late.
    pub fn copy(resent: bool) -> Self {
        if resent { Self::Yes } else { Self::No }
    }
}

/// Have all witnesses been heard? Only then are the rows set.
pub fn complete(witnesses: impl IntoIterator<Item = Heard>) -> bool {
    witnesses.into_iter().all(|heard| heard != Heard::No)
}

/// What recovery makes of one slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Its row.
    pub row: Placement,
    /// Every customer of it counts as loaded under this, in this load.
    pub load: Option<Load>,
    /// Lives that are named in the copies, which count as known.
    pub lives: Vec<(BlockName, Incarnation)>,
}

/// Recovers one slice from the archive's own row, the copies that were handed in, and the highest
/// fence of its customers.
pub fn recover(
    own: &Placement,
    handed_in: &[&Placement],
    fence: Generation,
    guards: Guards,
) -> Recovered {
    let copies: Vec<&Placement> = handed_in.iter().copied().chain([own]).collect();
    let highest = copies.iter().map(|copy| copy.highest_generation()).fold(fence, Ord::max);
    let mut lives = Vec::new();
    for copy in &copies {
        lives.extend(copy.owner_incarnation.map(|life| (copy.owner.clone(), life)));
        lives.extend(copy.target.clone().zip(copy.target_incarnation));
    }
    Recovered {
        row: recovered(&copies, fence, guards).unwrap_or_else(|| own.clone()),
        load: loads::recovered(highest, guards),
        lives,
    }
}

#[cfg(test)]
#[path = "tests/recovery.rs"]
mod tests;
