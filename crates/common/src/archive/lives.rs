//! The lives the archive knows: of the blocks' databases, and its own (protocol §2, §4).

use crate::guards::{Guard, Guards};
use crate::incarnation::{Identity, Incarnation, identify};

/// Is this a life that the archive has not met, and later than the one it holds for current? It
/// meets everybody who sends a batch, reads the register, asks for a move, or is named in a copy.
pub fn meets(current: Option<&Incarnation>, named: &Incarnation) -> bool {
    current.is_none_or(|current| named.is_later_than(current))
}

/// Has this life been followed by another?
pub fn closed(current: Option<&Incarnation>, life: &Incarnation) -> bool {
    current.is_some_and(|current| current.is_later_than(life))
}

/// What the archive's database is when its service starts. A new life recovers before it decides
/// anything.
pub fn after_start(written: Option<&Incarnation>, server: (u64, u32), guards: Guards) -> Identity {
    if written.is_some() && !guards.has(Guard::ArchiveRecovers) {
        return Identity::Same;
    }
    identify(written, server, guards)
}

#[cfg(test)]
#[path = "tests/lives.rs"]
mod tests;
