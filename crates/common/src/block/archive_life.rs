//! What a message of the archive means to a block, by the life of the archive that sent it
//! (protocol §2).

use crate::guards::Guards;
use crate::incarnation::{Incarnation, Standing, standing};

/// What a block makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// That life is over: the message counts for nothing.
    Ignore,
    /// The life we know.
    Known,
    /// The first we meet: remember it.
    First,
    /// A later life than we knew: remember it, and begin anew with it. The register is to be read
    /// again, all of the outbox counts as a tail to be exported, everything is to be followed
    /// again; what only the earlier life has acknowledged is *saved* until it was sent again.
    Anew,
}

/// Decides by the newest life that was seen here.
pub fn heard(known: Option<&Incarnation>, answering: &Incarnation, guards: Guards) -> Heard {
    match (standing(known, answering, guards), known) {
        (Standing::Old, _) => Heard::Ignore,
        (Standing::Current, _) => Heard::Known,
        (Standing::Newer, None) => Heard::First,
        (Standing::Newer, Some(_)) => Heard::Anew,
    }
}

/// Is something acknowledged as the archive stands now? `by` is the life that acknowledged it.
pub fn acknowledged(by: Option<&Incarnation>, known: Option<&Incarnation>) -> bool {
    by.is_some() && by == known
}

#[cfg(test)]
#[path = "tests/archive_life.rs"]
mod tests;
