//! A block's own life: from its start to serving (protocol §7).

use crate::guards::{Guard, Guards};
use crate::ids::{BlockName, Generation};
use crate::incarnation::{Identity, Incarnation};
use crate::placement::moves::older;
use crate::placement::{Placement, PlacementState};

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

/// The phase after `before`. Once serving, always serving: a running block goes on without the
/// archive, whatever has to be found out anew; and what was claimed once is not quarantined again.
pub fn advance(before: Phase, found: &Found) -> Phase {
    match (before, phase(found)) {
        (Phase::Serving, _) => Phase::Serving,
        (Phase::CatchingUp, Phase::Quarantined) if found.claimed => Phase::CatchingUp,
        (_, found) => found,
    }
}

/// Do all rows that name this block as owner mean this life of it?
pub fn claimed<'a>(
    rows: impl IntoIterator<Item = &'a Placement>,
    (me, life): (&BlockName, &Incarnation),
    guards: Guards,
) -> bool {
    let mut mine = rows.into_iter().filter(|row| row.owner == *me);
    mine.all(|row| row.owned_by(me, life, guards))
}

/// Does a block propose to claim this row (a generation of its own for what an earlier life of it
/// owned, or the end of a drain toward that)? Only a new life does, and only once it has read the
/// register.
pub fn claims(
    row: &Placement,
    (me, life): (&BlockName, &Incarnation),
    identity: Identity,
    register_read: bool,
) -> bool {
    let owner = row.owner == *me && older(life, row.owner_incarnation);
    let target = row.target.as_ref() == Some(me) && older(life, row.target_incarnation);
    identity == Identity::New && register_read && (owner || target)
}

/// Does a block propose to settle this row: it is the home's again, and everybody of the slice has
/// been joined? `loaded` is the generation under which each of its customers was last loaded here.
pub fn settles(
    row: &Placement,
    me: &BlockName,
    phase: Phase,
    followed: bool,
    loaded: impl IntoIterator<Item = Option<Generation>>,
) -> bool {
    row.state == PlacementState::Returning
        && row.owner == *me
        && phase == Phase::Serving
        && followed
        && loaded.into_iter().all(|loaded| loaded >= Some(row.owner_since))
}

/// May a block in this phase seal a slice?
pub fn may_seal(phase: Phase) -> bool {
    matches!(phase, Phase::CatchingUp | Phase::Serving)
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
