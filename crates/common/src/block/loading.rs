//! `load(c)`: in which order, and what a gateway that does not answer means (protocol §6).

use crate::guards::{Guard, Guards};
use crate::ids::Generation;

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

/// May an operation of this customer be handed to the gateway? Only if he is fenced there.
pub fn may_execute(loaded: Option<Generation>, since: Generation, fenced: bool) -> bool {
    fenced && loaded.is_some_and(|loaded| loaded >= since)
}

/// Must a customer look again before he orders? He must if he orders on a view that was "as of", of
/// generation `seen`, and the block knows more by now: it has fenced him, or has loaded him anew.
pub fn look_again(seen: Option<Generation>, serving: Generation, fenced: bool) -> bool {
    seen.is_some_and(|seen| fenced || seen < serving)
}

#[cfg(test)]
#[path = "tests/loading.rs"]
mod tests;
