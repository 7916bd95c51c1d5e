//! Sessions: any block that knows of the end knows it for good.

use crate::guards::{Guard, Guards};
use crate::ids::Generation;
use crate::time::Timestamp;

/// The customer's epoch of sessions: raised by signing out everywhere and by a new password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    /// Under which generation it was raised.
    pub generation: Generation,
    /// How often under that one.
    pub counter: u64,
}

impl Epoch {
    /// The next epoch, raised under `generation`.
    #[must_use]
    pub fn raised(self, generation: Generation) -> Self {
        let same = generation <= self.generation;
        Self {
            generation: generation.max(self.generation),
            counter: if same { self.counter + 1 } else { 1 },
        }
    }
}

/// What of a session decides whether it is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The epoch it was opened in.
    pub epoch: Epoch,
    /// The generation it was opened under.
    pub generation: Generation,
    /// Ended by somebody; true wins.
    pub revoked: bool,
    /// It dies then unless it is used (replicated in quarters of the limit).
    pub idle_until: Timestamp,
    /// It dies then.
    pub ends_at: Timestamp,
}

impl Session {
    /// Is it alive? `epoch` is the customer's; `from` the row's `sessions_from_generation`.
    pub fn is_live(&self, epoch: Epoch, from: Generation, now: Timestamp) -> bool {
        !self.revoked
            && self.epoch == epoch
            && self.generation >= from
            && now < self.idle_until
            && now < self.ends_at
    }
}

/// Must the customer prove himself once more before a session that goes on with its token pays or
/// loosens anything? After a forced move it must: that it was ended may have been known to the lost
/// block alone. `opened` and `proved` are the generations under which it was opened and its
/// customer last proved himself in it; `forced` the newest that began with a forced move.
pub fn needs_proof(opened: Generation, proved: Generation, forced: Generation) -> bool {
    opened.max(proved) < forced
}

/// The join of two versions of one session.
#[must_use]
pub fn join(mine: &Session, theirs: &Session) -> Session {
    Session {
        epoch: mine.epoch.max(theirs.epoch),
        generation: mine.generation.max(theirs.generation),
        revoked: mine.revoked || theirs.revoked,
        idle_until: mine.idle_until.max(theirs.idle_until),
        ends_at: mine.ends_at.min(theirs.ends_at),
    }
}

/// A session as it joins from a late event: whoever opened it was served by a superseded block, and
/// nobody can tell whether with the customer's present password.
#[must_use]
pub fn from_late(theirs: &Session, guards: Guards) -> Session {
    Session { revoked: theirs.revoked || guards.has(Guard::LateSessionRevoked), ..*theirs }
}

#[cfg(test)]
#[path = "tests/session.rs"]
mod tests;
