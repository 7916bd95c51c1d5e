//! Tightening: locks, frozen cards, lowered limits. Each is an entity of its own and never edited;
//! placing is local and denial wins; taking off names those that the customer was shown (I9).

use std::collections::BTreeSet;

use crate::guards::{Guard, Guards};

/// The locks of one customer by id, and those that a loosening has taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locks<Id: Ord> {
    /// All that were ever placed.
    pub placed: BTreeSet<Id>,
    /// Those that were taken off.
    pub removed: BTreeSet<Id>,
}

impl<Id: Ord + Clone> Locks<Id> {
    /// Is anything locked?
    pub fn locked(&self) -> bool {
        !self.placed.is_subset(&self.removed)
    }

    /// The locks in force, as a customer is shown them.
    pub fn in_force(&self) -> impl Iterator<Item = &Id> {
        self.placed.difference(&self.removed)
    }

    /// Takes in what another knows.
    pub fn join(&mut self, other: &Self) {
        self.placed.extend(other.placed.iter().cloned());
        self.removed.extend(other.removed.iter().cloned());
    }

    /// Takes off the locks that the customer was shown, and no others.
    pub fn remove(&mut self, shown: &[Id], guards: Guards) {
        if guards.has(Guard::LocksById) {
            self.removed.extend(shown.iter().cloned());
        } else {
            self.removed.extend(self.placed.iter().cloned());
        }
    }
}

#[cfg(test)]
#[path = "tests/lock.rs"]
mod tests;
