//! What an intent's hash covers: what the customer confirmed, so that any block computes the same
//! one (protocol §2).

use crate::guards::{Guard, Guards};

/// Something that a block knows of an order when it computes the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The customer was shown it and has confirmed it; the client repeats it.
    Confirmed,
    /// The block has worked it out itself: the present rate, a time, a place.
    Computed,
}

/// Does it go into the hash?
pub fn covers(part: Part, guards: Guards) -> bool {
    part == Part::Confirmed || !guards.has(Guard::HashOfConfirmed)
}

#[cfg(test)]
#[path = "tests/hashed.rs"]
mod tests;
