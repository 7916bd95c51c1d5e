//! Registers: a template, a preference, a profile field. The higher key wins; a deletion is a value
//! like any other (a tombstone).

use crate::guards::{Guard, Guards};
use crate::ids::Generation;

/// Generation, then version, then the larger SHA-256 of the payload, so that all agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Under which generation it was written.
    pub generation: Generation,
    /// Which writing under that generation.
    pub version: u64,
    /// SHA-256 of the payload.
    pub payload: [u8; 32],
}

/// The key of the next value, written under `generation`. `wall_ms` is what an order that trusted
/// clocks would use; it is here to show what that costs, and counts for nothing.
#[must_use]
pub fn next(
    key: Key,
    generation: Generation,
    payload: [u8; 32],
    wall_ms: u64,
    guards: Guards,
) -> Key {
    if !guards.has(Guard::NoClockInKeys) {
        return Key { generation: Generation(0), version: wall_ms, payload };
    }
    let version = if generation > key.generation { 1 } else { key.version + 1 };
    Key { generation: generation.max(key.generation), version, payload }
}

/// Does the value with key `theirs` replace the one with key `mine`?
pub fn replaces(theirs: Key, mine: Key) -> bool {
    theirs > mine
}

#[cfg(test)]
#[path = "tests/register.rs"]
mod tests;
