//! Operations: progress only joins upward (I8); marks join by themselves and never undo each other.

use crate::archive::asked::Asked;
use crate::guards::{Guard, Guards};
use crate::ids::Generation;
use crate::operation::OperationState;

/// What stands beside the state and never changes its rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks {
    /// The customer wants it cancelled; true wins.
    pub cancel_requested: bool,
    /// He is to be asked whether it is still to be done, or has answered.
    pub asked: Asked,
    /// He is to be asked whether a wish to cancel that arrived late was his, or has answered. A
    /// mark of its own: an answer covers only what he was asked when he gave it.
    pub cancel_asked: Asked,
    /// It was ordered while a gateway could not be fenced; true wins.
    pub unfenced: bool,
    /// Two different ends are known: frozen, for a person.
    pub conflict: bool,
}

/// One block's or the archive's version of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// How far it has come.
    pub state: OperationState,
    /// Under which generation that was written.
    pub generation: Generation,
    /// Which writing under that generation.
    pub version: u64,
    /// SHA-256 of the payload, outcome included: decides between equal keys.
    pub payload: [u8; 32],
    /// The marks.
    pub marks: Marks,
}

impl Marks {
    /// The marks of a new operation. What is ordered while a gateway could not be fenced says so
    /// for good: the customer may have ordered before what he could not see.
    pub fn ordered(fenced: bool, guards: Guards) -> Self {
        Self { unfenced: !fenced && guards.has(Guard::UnfencedMark), ..Self::default() }
    }

    /// The customer wants it cancelled. Whatever he is asked about it, this is the answer.
    #[must_use]
    pub fn cancelled(self, generation: Generation) -> Self {
        Self { cancel_requested: true, ..self.answered_under(generation) }
    }

    /// He has answered what he was shown: do it, or let it never be done.
    #[must_use]
    pub fn answered(self, yes: bool, shown: &Self) -> Self {
        let answered = self.answered_as(shown);
        Self { cancel_requested: self.cancel_requested || !yes, ..answered }
    }

    /// What both know.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            cancel_requested: self.cancel_requested || other.cancel_requested,
            asked: self.asked.join(other.asked),
            cancel_asked: self.cancel_asked.join(other.cancel_asked),
            unfenced: self.unfenced || other.unfenced,
            conflict: self.conflict || other.conflict,
        }
    }

    /// The marks of a version that was written late, as they are to be joined with what is `known`:
    /// a wish to cancel what has not ended is asked about instead of obeyed, and an answer does not
    /// count. `serving` is the generation of whoever serves the customer.
    #[must_use]
    pub fn as_late(self, known: Self, ended: bool, serving: Generation) -> Self {
        let mut arrived = self;
        arrived.asked.answered = known.asked.answered;
        arrived.cancel_asked.answered = known.cancel_asked.answered;
        if arrived.cancel_requested && !ended {
            arrived.cancel_requested = false;
            arrived.cancel_asked = arrived.cancel_asked.because_of(serving);
        }
        arrived
    }

    /// Is the customer asked about it? Whether he wants it cancelled is no question once he does.
    pub fn questioned(&self) -> bool {
        self.asked.in_force() || (self.cancel_asked.in_force() && !self.cancel_requested)
    }

    /// The customer has answered what he was shown, and nothing else: his answer may be late, and a
    /// newer question may be on its way here.
    #[must_use]
    pub fn answered_as(self, shown: &Self) -> Self {
        Self {
            asked: self.asked.answered_as(shown.asked),
            cancel_asked: self.cancel_asked.answered_as(shown.cancel_asked),
            ..self
        }
    }

    /// Every question that stands here is answered under `generation`, because the gateway has
    /// begun or the customer cancels. A late wish to cancel that is still on its way here is not.
    #[must_use]
    pub fn answered_under(self, generation: Generation) -> Self {
        let put = self.cancel_asked.in_force();
        let cancel_asked =
            if put { self.cancel_asked.answered_under(generation) } else { self.cancel_asked };
        Self { asked: self.asked.answered_under(generation), cancel_asked, ..self }
    }
}

type Key = (u8, Generation, u64, [u8; 32]);

impl Version {
    /// Rank of the state, generation, version; then the larger payload, so that all agree.
    fn key(&self) -> Key {
        (self.state.rank(), self.generation, self.version, self.payload)
    }
}

/// The join of two versions of one operation.
#[must_use]
pub fn join(mine: &Version, theirs: &Version) -> Version {
    let mut joined = if theirs.key() > mine.key() { *theirs } else { *mine };
    let two_ends = mine.state.is_final() && theirs.state.is_final() && mine.state != theirs.state;
    joined.marks = mine.marks.join(theirs.marks);
    joined.marks.conflict |= two_ends;
    joined
}

/// The join with what was written late: a wish to cancel is asked about instead of obeyed, because
/// whoever wrote it may have been a thief at a superseded block. `serving` is the generation of
/// whoever serves the customer. In whatever order versions arrive, the result is the same.
#[must_use]
pub fn join_late(mine: Option<&Version>, theirs: &Version, serving: Generation) -> Version {
    let known = mine.map(|mine| mine.marks).unwrap_or_default();
    let marks = theirs.marks.as_late(known, theirs.state.is_final(), serving);
    let arrived = Version { marks, ..*theirs };
    mine.map_or(arrived, |mine| join(mine, &arrived))
}

#[cfg(test)]
#[path = "tests/operation.rs"]
mod tests;
