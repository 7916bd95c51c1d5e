//! A block's own life: from its start to serving (protocol §7).

use crate::guards::{Guard, Guards};
use crate::incarnation::Identity;

/// After this long without the archive a block that waits for it asks for a person.
pub const ASK_AFTER_MS: i64 = 15 * 60 * 1_000;

/// Where a block's process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It has not found out who it is and whom it serves.
    Quarantined,
    /// It exports the tail that the archive lacks, and pulls back what its database lost.
    CatchingUp,
    /// It started alone: its last copy says whom it serves, and every customer's first request is a
    /// JOURNAL under that generation.
    Alone,
    /// It serves.
    Serving,
}

/// What a block that starts has found out.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The same life as before, or a new one.
    pub identity: Identity,
    /// The register was read from the archive since the start.
    pub register: bool,
    /// Every slice that it owns carries its present life (a new one has claimed them).
    pub claimed: bool,
    /// Nothing is left in the outbox from before the start.
    pub exported: bool,
    /// Everything that the archive had at the start was followed.
    pub followed: bool,
    /// How long the archive has not answered, in milliseconds.
    pub archive_silent_ms: i64,
    /// How long a start waits for the archive, in milliseconds.
    pub patience_ms: i64,
}

/// The phase of a block that has found this out.
pub fn phase(found: &Found) -> Phase {
    if found.register {
        return match found.claimed {
            false => Phase::Quarantined,
            true if found.exported && found.followed => Phase::Serving,
            true => Phase::CatchingUp,
        };
    }
    // A new life has no generation, and takes one from the archive only.
    if found.identity == Identity::Same && found.archive_silent_ms >= found.patience_ms {
        Phase::Alone
    } else {
        Phase::Quarantined
    }
}

/// Do the workers run that hand operations to the gateway?
pub fn workers_run(phase: Phase, guards: Guards) -> bool {
    phase == Phase::Serving || !guards.has(Guard::Quarantine)
}

/// Are requests served, other than by showing data with their age?
pub fn serves(phase: Phase) -> bool {
    matches!(phase, Phase::CatchingUp | Phase::Alone | Phase::Serving)
}

#[cfg(test)]
#[path = "tests/start.rs"]
mod tests;
