//! What a new life of the archive makes of the register (protocol §4).
//!
//! The archive may have lost rows that others acted on. Blocks and routers hand in their copies and
//! gateways their highest fences; every row is then set so far above all of them that nothing which
//! was issued before can be issued again (I4).

use super::moves::{RECOVERY_GAP, above};
use super::{Placement, PlacementState};
use crate::guards::{Guard, Guards};
use crate::ids::{Generation, Revision};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::slice::SliceId;

    #[test]
    fn nothing_issued_before_is_issued_again() {
        let home: crate::BlockName = "client-1".parse().unwrap();
        let first = Placement::first(home, SliceId::try_from(0).unwrap(), "test");
        let newer = Placement {
            generation: Generation(4),
            owner_since: Generation(4),
            revision: Revision(9),
            ..first.clone()
        };
        let row = recovered(&[&first, &newer], Generation(6), Guards::ALL).unwrap();
        assert_eq!(row.generation, Generation(1_006));
        assert_eq!(row.owner_since, Generation(4), "the owner's copies stay good");
        assert_eq!(row.revision, Revision(1_009));
        let draining = Placement {
            state: PlacementState::Draining,
            target: Some("backup-2".parse().unwrap()),
            target_generation: Some(Generation(5)),
            ..newer
        };
        let row = recovered(&[&draining], Generation(0), Guards::ALL).unwrap();
        assert_eq!(row.state, PlacementState::Returning);
        assert_eq!(row.owner_since, row.generation, "the target may have served");
        assert!(recovered(&[], Generation(1), Guards::ALL).is_none());
    }
}
