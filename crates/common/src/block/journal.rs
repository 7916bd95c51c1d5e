//! Joining what a gateway has done for a customer (protocol §6).

use super::access::Access;
use crate::guards::{Guard, Guards};
use crate::ids::Generation;
use crate::join::operation::{Marks, Version};
use crate::operation::OperationState;

/// Does joining a journal first end the customer's open transactions here? They were begun without
/// knowing what is in it.
pub fn ends_transactions(guards: Guards) -> bool {
    guards.has(Guard::JournalEndsTransactions)
}

/// Does a journal under `generation` count that arrives when nobody is being loaded? It is the one
/// of a customer who was loaded while the gateway was away. One that arrives while he is not served
/// here counts for nothing.
pub fn counts(access: &Access, generation: Generation, fenced: bool) -> bool {
    *access == Access::Serve(generation) && !fenced
}

/// What an entry of the journal makes of our operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The state to write.
    pub state: OperationState,
    /// The marks to write: what has begun is not asked about any more.
    pub marks: Marks,
}

/// Takes in one entry, under the generation of the journal; nothing where it says nothing new. What
/// the gateway has ended is written down like any end, for the archive to have it.
pub fn take(known: Option<&Version>, entry: &Version, generation: Generation) -> Option<Taken> {
    let taken =
        |marks: Marks| Taken { state: entry.state, marks: marks.answered_under(generation) };
    let Some(known) = known else {
        return Some(taken(entry.marks));
    };
    let news = entry.state.rank() > known.state.rank() || known.marks.questioned();
    (!known.state.is_final() && news).then(|| taken(known.marks))
}

/// An effect that the journal lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Under which generation it was taken.
    pub generation: Generation,
    /// It was known here to be executed when the customer was loaded.
    pub known_at_load: bool,
}

/// Is an entry in this state an effect? What a foreign system is doing is as good as done: no fence
/// undoes it.
pub fn is_effect(state: OperationState) -> bool {
    matches!(state, OperationState::Executed | OperationState::Sent)
}

/// Must the customer be asked about an operation of his that he ordered while a gateway could not
/// be fenced? Yes if there was an effect that he may not have seen when he ordered: he may have
/// ordered again what he could not see. `loaded` is the generation of the journal.
pub fn asks(mine: &Version, effects: &[Effect], loaded: Generation) -> bool {
    let seen = |effect: &Effect| effect.known_at_load && mine.generation == loaded;
    let unseen = |effect: &Effect| effect.generation < mine.generation && !seen(effect);
    mine.marks.unfenced && !mine.state.is_final() && effects.iter().any(unseen)
}

#[cfg(test)]
#[path = "tests/journal.rs"]
mod tests;
