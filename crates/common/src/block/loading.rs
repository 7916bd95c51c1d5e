//! `load(c)`: in which order, and what a gateway that does not answer means (protocol §6).

use super::access::Access;
use crate::guards::{Guard, Guards};
use crate::ids::{Generation, Revision};

/// Where a load stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Ask the archive whether we are permitted (a target, for a customer handed over to it).
    Permission,
    /// JOURNAL at the gateway: fences and lists at once.
    Journal,
    /// The archive's entities of the customer.
    Entities,
    /// Join it all in one transaction, and write down that he is loaded.
    Join,
}

/// What has come in so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Come {
    /// We are the owner, or the archive has confirmed the hand-over.
    pub permission: bool,
    /// The gateway's journal.
    pub journal: bool,
    /// The gateway did not answer in time: the customer stays unfenced.
    pub gateway_away: bool,
    /// The archive's entities.
    pub entities: bool,
    /// He was loaded here before, however long ago.
    pub loaded_before: bool,
}

/// The next step. The journal comes before the entities: what is executed after it is executed
/// under our generation, and what was executed before it is in it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it grows with the systems to ask")]
pub fn next(come: &Come, guards: Guards) -> Step {
    let journal_spared = come.loaded_before && !guards.has(Guard::JournalEachLoad);
    if !come.permission {
        Step::Permission
    } else if !come.journal && !come.gateway_away && !journal_spared {
        Step::Journal
    } else if !come.entities {
        Step::Entities
    } else {
        Step::Join
    }
}

/// A gateway that has not answered a load by then is away.
pub const GATEWAY_AWAY_MS: i64 = 2_000;

/// Is a gateway given up that has not answered for so long? Only who is permitted asks it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it grows with the systems to ask")]
pub fn gateway_away(come: &Come, waited_ms: i64) -> bool {
    come.permission && !come.journal && waited_ms > GATEWAY_AWAY_MS
}

/// Is the owner's word, that he handed the customer over, permission enough to begin? It is a hint.
pub fn told_is_enough(guards: Guards) -> bool {
    !guards.has(Guard::DurableHandOver)
}

/// Does the archive's answer count, by the revision of the row that permitted it? A block whose
/// copy is older reads the register first: another could still be believed by whoever has seen no
/// more than that copy.
pub fn answer_counts(copy: Revision, answered: Revision) -> bool {
    copy >= answered
}

/// Is a load under `generation` still wanted when everything has come?
pub fn still_wanted(access: &Access, generation: Generation) -> bool {
    match access {
        Access::Load(now) | Access::AskFor(now) | Access::Serve(now) => *now == generation,
        _ => false,
    }
}

/// What the joining transaction makes of what is here and what has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// Both are joined.
    Join,
    /// What has come replaces what is here.
    Replace,
}

/// What it does.
pub fn taking(guards: Guards) -> Taking {
    if guards.has(Guard::JoinNotCopy) { Taking::Join } else { Taking::Replace }
}

/// Is the customer fenced at the gateway once this has been joined? Otherwise what is known to be
/// executed is written down with the load: he has seen that much ([`super::journal::asks`]).
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it grows with the systems to ask")]
pub fn fenced(come: &Come) -> bool {
    come.journal || !come.gateway_away
}

/// May an operation of this customer be handed to the gateway? Only if he is fenced there.
pub fn may_execute(loaded: Option<Generation>, since: Generation, fenced: bool) -> bool {
    fenced && loaded.is_some_and(|loaded| loaded >= since)
}

#[cfg(test)]
#[path = "tests/loading.rs"]
mod tests;
