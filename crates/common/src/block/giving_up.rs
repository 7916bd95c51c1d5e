//! How an owner lets go: of one customer (hand-over) and of a slice (SEAL), and how it takes a SEAL
//! back (protocol §3).

use crate::archive::late::HandedOver;
use crate::guards::{Guard, Guards};
use crate::ids::{BlockName, Generation, Revision};
use crate::incarnation::Incarnation;
use crate::placement::Placement;
use crate::placement::PlacementState;

/// A row older than this keeps a block from handing over: what it hands over must be archived soon.
pub const UNSENT_LIMIT_MS: i64 = 1_000;
/// After this long without a compare-and-set an owner takes its SEAL back.
pub const UNSEAL_AFTER_MS: i64 = 10_000;
/// Without the archive it serves again after this long, without waiting for an acknowledgement.
pub const UNSEAL_ALONE_AFTER_MS: i64 = 60_000;

/// What keeps a block from letting go right now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loose {
    /// The age of the oldest row that was not sent yet, if there is one.
    pub oldest_unsent_ms: Option<i64>,
    /// A loosening of the customer (of the slice) waits for the archive's verdict.
    pub loosening: bool,
    /// The slice is sealed here already, or this database was outlived.
    pub gone: bool,
}

/// A SEAL as its writer has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Under which generation.
    pub generation: Generation,
    /// The revision of the copy when it sealed.
    pub revision: Revision,
    /// UNSEAL is written: open again once a row of a higher revision still names us.
    pub unsealing: bool,
}

/// What an owner does when the target asks for a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// Write it down and the event with it, behind the gate; then say yes.
    Write(HandedOver),
    /// It was done before: say yes again.
    Again,
    /// Not now: the customer logs in here, which stays his block until the next login.
    NotNow,
    /// The asker is not the target under this generation, or we are not the owner.
    No,
}

/// Decides over `to` asking for a customer under `generation`.
pub fn hand_over(
    row: Option<&Placement>,
    (me, life): (&BlockName, &Incarnation),
    (to, generation): (&BlockName, Generation),
    handed: Option<&HandedOver>,
    loose: Loose,
    guards: Guards,
) -> HandOver {
    let owned = |row: &&Placement| row.owned_by(me, life, guards);
    let Some(row) = row.filter(owned).filter(|_| !loose.gone) else {
        return HandOver::No;
    };
    let wanted = HandedOver { to: to.clone(), generation };
    if !wanted.in_force(row) {
        return HandOver::No;
    }
    if handed == Some(&wanted) {
        return HandOver::Again;
    }
    let lagging = loose.oldest_unsent_ms.is_some_and(|age| age > UNSENT_LIMIT_MS);
    let loosening = loose.loosening && guards.has(Guard::NoLooseningAfterHandOver);
    if lagging || loosening {
        return HandOver::NotNow;
    }
    HandOver::Write(wanted)
}

/// May the owner (or, for an abort, the target) seal the slice under `generation`?
pub fn may_seal(
    row: Option<&Placement>,
    (me, life): (&BlockName, &Incarnation),
    generation: Generation,
    loose: Loose,
    guards: Guards,
) -> bool {
    row.is_some_and(|row| {
        let owner = row.owned_by(me, life, guards) && row.generation == generation;
        let target = row.drains_to(me, life, guards) && row.target_generation == Some(generation);
        row.state == PlacementState::Draining
            && (owner || target)
            && !loose.gone
            && !(loose.loosening && guards.has(Guard::NoLooseningAfterHandOver))
    })
}

/// Is a SEAL written with the slice's gate shut, so that the transactions end that hold it?
pub fn seal_ends_transactions(guards: Guards) -> bool {
    guards.has(Guard::SealBehindGate)
}

/// What an owner does about a SEAL after which nothing has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseal {
    /// Wait on.
    Wait,
    /// Write UNSEAL and serve again once it is acknowledged.
    Write,
    /// Write UNSEAL and serve again at once: the archive is away.
    WriteAndServe,
}

/// Decides by the time since the SEAL and the time since the archive last answered.
pub fn unseal(since_seal_ms: i64, archive_silent_ms: i64) -> Unseal {
    if since_seal_ms >= UNSEAL_ALONE_AFTER_MS && archive_silent_ms >= UNSEAL_ALONE_AFTER_MS {
        Unseal::WriteAndServe
    } else if since_seal_ms >= UNSEAL_AFTER_MS {
        Unseal::Write
    } else {
        Unseal::Wait
    }
}

#[cfg(test)]
#[path = "tests/giving_up.rs"]
mod tests;
