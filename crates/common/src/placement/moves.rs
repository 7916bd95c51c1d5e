//! The compare-and-set at the archive: every change of a register row, and nothing else changes one
//! (I4, protocol §3).
//!
//! A proposal names the revision it was decided on. What the archive knows besides the row (SEALs,
//! the incarnations it has met) comes as [`AtArchive`]; what comes out is the next row, or the rule
//! that refused.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Placement, PlacementState};
use crate::guards::{Guard, Guards};
use crate::ids::{BlockName, Generation, Revision};
use crate::incarnation::Incarnation;

/// One step of a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Begin to empty the slice toward `target`: a planned or urgent move, or a return.
    Drain {
        /// Where it goes.
        target: BlockName,
        /// Which life of the target's database.
        incarnation: Incarnation,
    },
    /// The owner has sealed: the target owns.
    Finish {
        /// Sessions opened before are dead.
        drop_sessions: bool,
    },
    /// The owner is dead or must be passed by: the target owns, from the owner's last batch on.
    Force {
        /// Who takes over.
        target: BlockName,
        /// Which life of its database.
        incarnation: Incarnation,
        /// Sessions opened before are dead.
        drop_sessions: bool,
    },
    /// Give a drain up: the owner goes on, after joining what the target did.
    Abort {
        /// The target is dead: its last batch is the cut. Otherwise its SEAL is needed.
        cut: bool,
    },
    /// The home has joined what remained.
    Settle,
    /// A new life of a block's database takes a generation for what it owns, and ends the drain of
    /// which it is the target.
    Claim,
}

/// A wish to change a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The revision it was decided on.
    pub expected: Revision,
    /// What shall happen.
    pub step: Step,
    /// The block that asks, where one does ([`Step::Settle`], [`Step::Claim`]).
    pub from: Option<(BlockName, Incarnation)>,
    /// Why, in a person's words.
    pub reason: String,
    /// Who decided it.
    pub decided_by: String,
}

/// A SEAL as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Who wrote it.
    pub block: BlockName,
    /// Which life of its database.
    pub incarnation: Incarnation,
    /// Under which generation.
    pub generation: Generation,
    /// UNSEAL followed.
    pub voided: bool,
}

/// What the archive knows besides the row, read in the same transaction.
#[derive(Clone, Debug, Default)]
pub struct AtArchive<'a> {
    /// It has not finished recovering.
    pub recovering: bool,
    /// The owner's last SEAL of this slice.
    pub owner_seal: Option<&'a Seal>,
    /// The target's last SEAL of this slice.
    pub target_seal: Option<&'a Seal>,
    /// The life of the target's database that is current, as far as the archive has met it.
    pub target_now: Option<Incarnation>,
    /// The asking block's incarnation has been followed by another.
    pub asker_closed: bool,
}

/// Why a proposal was refused. The caller answers it with the present row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The archive takes no compare-and-set yet.
    Recovering,
    /// The row has changed since.
    Passed,
    /// The row's state does not allow this step.
    State,
    /// The target is the owner already.
    TargetOwns,
    /// Who asks is not who may ask, or that life of its database is over.
    Asker,
    /// The SEAL is missing.
    NotSealed,
    /// The SEAL was voided.
    SealVoided,
    /// The SEAL is of another generation than the row.
    SealOfAnother,
    /// The target's database is not in the life that the move began with.
    TargetChanged,
}

/// Generations that recovery of the archive leaves free, and revisions likewise.
pub const RECOVERY_GAP: u64 = 1_000;

impl Placement {
    /// The highest generation that was ever issued for the slice.
    pub fn highest_generation(&self) -> Generation {
        self.target_generation.map_or(self.generation, |target| target.max(self.generation))
    }

    /// Does this life of this block own the slice?
    pub fn owned_by(&self, block: &BlockName, life: &Incarnation, guards: Guards) -> bool {
        let lives = self.owner_incarnation.as_ref().is_none_or(|named| named == life);
        self.owner == *block && (lives || !guards.has(Guard::RowNamesIncarnation))
    }

    /// Is the slice draining toward this life of this block?
    pub fn drains_to(&self, block: &BlockName, life: &Incarnation, guards: Guards) -> bool {
        let lives = self.target_incarnation.as_ref().is_none_or(|named| named == life);
        self.state == PlacementState::Draining
            && self.target.as_ref() == Some(block)
            && (lives || !guards.has(Guard::RowNamesIncarnation))
    }
}

/// Decides over a proposal: the next row, or why not.
pub fn propose(
    row: &Placement,
    at: &AtArchive<'_>,
    proposal: &Proposal,
    guards: Guards,
) -> Result<Placement, Refused> {
    if at.recovering {
        return Err(Refused::Recovering);
    }
    if proposal.expected != row.revision && guards.has(Guard::Revision) {
        return Err(Refused::Passed);
    }
    let mut next = match &proposal.step {
        Step::Drain { target, incarnation } => drain(row, target, *incarnation, guards)?,
        Step::Finish { drop_sessions } => finish(row, at, *drop_sessions, guards)?,
        Step::Force { target, incarnation, drop_sessions } => {
            force(row, target, *incarnation, *drop_sessions)?
        }
        Step::Abort { cut } => abort(row, at, *cut, guards)?,
        Step::Settle => settle(row, proposal, at, guards)?,
        Step::Claim => claim(row, proposal, at, guards)?,
    };
    next.revision = Revision(row.revision.0 + 1);
    next.reason.clone_from(&proposal.reason);
    next.decided_by.clone_from(&proposal.decided_by);
    Ok(next)
}

/// UNSEAL was applied: the SEAL counts no more, and whoever decided on it decides again.
#[must_use]
pub fn unsealed(row: &Placement) -> Placement {
    Placement { revision: Revision(row.revision.0 + 1), ..row.clone() }
}

fn drain(
    row: &Placement,
    target: &BlockName,
    incarnation: Incarnation,
    guards: Guards,
) -> Result<Placement, Refused> {
    if !matches!(row.state, PlacementState::Active | PlacementState::Moved) {
        return Err(Refused::State);
    }
    if *target == row.owner {
        return Err(Refused::TargetOwns);
    }
    let reserved = if guards.has(Guard::TargetGeneration) {
        above(row.highest_generation())
    } else {
        row.generation
    };
    Ok(Placement {
        state: PlacementState::Draining,
        target: Some(target.clone()),
        target_incarnation: Some(incarnation),
        target_generation: Some(reserved),
        ..row.clone()
    })
}

fn finish(
    row: &Placement,
    at: &AtArchive<'_>,
    drop_sessions: bool,
    guards: Guards,
) -> Result<Placement, Refused> {
    let (Some(target), Some(generation)) = (&row.target, row.target_generation) else {
        return Err(Refused::State);
    };
    let same_life = at.target_now.is_none() || at.target_now == row.target_incarnation;
    if !same_life && guards.has(Guard::TargetIncarnation) {
        return Err(Refused::TargetChanged);
    }
    sealed(at.owner_seal, row.generation, row.owner_incarnation, guards)?;
    let incarnation = at.target_now.or(row.target_incarnation);
    Ok(owned(row, target, incarnation, generation, drop_sessions))
}

fn sealed(
    seal: Option<&Seal>,
    generation: Generation,
    incarnation: Option<Incarnation>,
    guards: Guards,
) -> Result<(), Refused> {
    let seal = seal.ok_or(Refused::NotSealed)?;
    if incarnation.is_some_and(|named| named != seal.incarnation) {
        return Err(Refused::NotSealed);
    }
    if seal.generation != generation && guards.has(Guard::SealOfGeneration) {
        return Err(Refused::SealOfAnother);
    }
    if seal.voided && guards.has(Guard::SealNotVoided) {
        return Err(Refused::SealVoided);
    }
    Ok(())
}

fn force(
    row: &Placement,
    target: &BlockName,
    incarnation: Incarnation,
    drop_sessions: bool,
) -> Result<Placement, Refused> {
    if *target == row.owner {
        return Err(Refused::TargetOwns);
    }
    let generation = above(row.highest_generation());
    Ok(owned(row, target, Some(incarnation), generation, drop_sessions))
}

fn abort(
    row: &Placement,
    at: &AtArchive<'_>,
    cut: bool,
    guards: Guards,
) -> Result<Placement, Refused> {
    let Some(reserved) = row.target_generation else {
        return Err(Refused::State);
    };
    if !cut {
        sealed(at.target_seal, reserved, row.target_incarnation, guards)?;
    }
    let generation = above(row.highest_generation());
    Ok(owned(row, &row.owner, row.owner_incarnation, generation, false))
}

fn settle(
    row: &Placement,
    proposal: &Proposal,
    at: &AtArchive<'_>,
    guards: Guards,
) -> Result<Placement, Refused> {
    let (block, life) = proposal.from.as_ref().ok_or(Refused::Asker)?;
    if row.state != PlacementState::Returning {
        return Err(Refused::State);
    }
    if at.asker_closed || !row.owned_by(block, life, guards) {
        return Err(Refused::Asker);
    }
    Ok(Placement { state: PlacementState::Active, ..row.clone() })
}

fn claim(
    row: &Placement,
    proposal: &Proposal,
    at: &AtArchive<'_>,
    guards: Guards,
) -> Result<Placement, Refused> {
    let (block, life) = proposal.from.as_ref().ok_or(Refused::Asker)?;
    if at.asker_closed {
        return Err(Refused::Asker);
    }
    let generation = if guards.has(Guard::IncarnationTakesGeneration) {
        above(row.highest_generation())
    } else {
        row.generation
    };
    if row.owner == *block && older(life, row.owner_incarnation) {
        return Ok(owned(row, block, Some(*life), generation, false));
    }
    if row.target.as_ref() == Some(block) && older(life, row.target_incarnation) {
        return Ok(owned(row, &row.owner, row.owner_incarnation, generation, false));
    }
    Err(Refused::Asker)
}

/// Does a row that names this life, or none, mean an earlier one than `life`?
pub fn older(life: &Incarnation, named: Option<Incarnation>) -> bool {
    named.is_none_or(|named| life.is_later_than(&named))
}

/// The row when `owner` has got the slice under `generation`, and no move is under way.
fn owned(
    row: &Placement,
    owner: &BlockName,
    incarnation: Option<Incarnation>,
    generation: Generation,
    drop_sessions: bool,
) -> Placement {
    let home = *owner == row.home;
    let dropped = if drop_sessions { generation } else { row.sessions_from_generation };
    Placement {
        owner: owner.clone(),
        owner_incarnation: incarnation,
        generation,
        owner_since: generation.max(row.owner_since),
        state: if home { PlacementState::Returning } else { PlacementState::Moved },
        target: None,
        target_incarnation: None,
        target_generation: None,
        sessions_from_generation: dropped,
        ..row.clone()
    }
}

/// The next generation: used by nobody yet (I4).
pub(super) fn above(generation: Generation) -> Generation {
    Generation(generation.0 + 1)
}

#[cfg(test)]
#[path = "tests/moves.rs"]
mod tests;
