//! The gateway's steps, in their order of precedence. The caller holds the customer's fence row
//! and the operation's record in one transaction and persists what is decided here.

use super::{Answer, Execute, Journal, Outcome, Void};
use crate::guards::{Guard, Guards};
use crate::ids::{CustomerId, Generation};
use crate::operation::{Intent, IntentHash, OperationState};
use crate::time::Timestamp;

/// What the gateway has under an operation's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who ordered it.
    pub customer_id: CustomerId,
    /// Of the intent it came with.
    pub intent_hash: IntentHash,
    /// How it ended; `None` while a foreign system is being asked.
    pub outcome: Option<Outcome>,
}

/// The intent is not the one that was hashed: answered with [`Answer::PayloadMismatch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Altered;

/// An `EXECUTE` as it arrives, before anything is looked up: the intent must be the one that was
/// hashed (I2), it is valid no longer than the customer confirmed (I10), and may be unreadable.
pub fn arrived(request: Execute) -> Result<(Execute, Option<Intent>), Altered> {
    if IntentHash::of(&request.intent).ok() != Some(request.intent_hash) {
        return Err(Altered);
    }
    let intent = Intent::from_value(&request.intent).ok();
    let confirmed = intent.as_ref().map_or(request.valid_until, |intent| intent.valid_until);
    let valid_until = request.valid_until.min(confirmed);
    Ok((Execute { valid_until, ..request }, intent))
}

/// What to do with an `EXECUTE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecuteStep {
    /// Say this; store nothing.
    Answer(Answer),
    /// Store this outcome under the id and say it.
    Store(Outcome),
    /// Raise the fence to the request's generation, validate the terms now, then apply or reject.
    Validate,
}

/// The steps of `EXECUTE` before the terms are looked at.
///
/// A known id answers first, whatever the generation: the look-up comes before the fence.
pub fn execute(
    known: Option<&Known>,
    fence: Option<Generation>,
    request: &Execute,
    now: Timestamp,
    guards: Guards,
) -> ExecuteStep {
    let stale = stale(fence, request.generation).filter(|_| guards.has(Guard::FenceCheck));
    if let (Some(answer), false) = (&stale, guards.has(Guard::LookUpFirst)) {
        return ExecuteStep::Answer(answer.clone());
    }
    if let Some(known) = known {
        let (customer, hash) = (request.customer_id, request.intent_hash);
        return ExecuteStep::Answer(repeat(known, customer, hash, guards));
    }
    if now > request.valid_until && guards.has(Guard::ValidUntil) {
        return ExecuteStep::Store(ended(OperationState::Expired, now)); // I10
    }
    stale.map_or(ExecuteStep::Validate, ExecuteStep::Answer) // I5
}

/// What to do with a `VOID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoidStep {
    /// Say this; store nothing.
    Answer(Answer),
    /// Raise the fence, store this outcome under the id and say it.
    Store(Outcome),
}

/// The steps of `VOID`: either the cancellation wins or the execution, and the answer says which.
pub fn void(
    known: Option<&Known>,
    fence: Option<Generation>,
    request: &Void,
    now: Timestamp,
    guards: Guards,
) -> VoidStep {
    if let Some(known) = known {
        let (customer, hash) = (request.customer_id, request.intent_hash);
        return VoidStep::Answer(repeat(known, customer, hash, guards));
    }
    let stale = stale(fence, request.generation).filter(|_| guards.has(Guard::VoidFenced));
    stale.map_or_else(|| VoidStep::Store(ended(OperationState::Cancelled, now)), VoidStep::Answer)
}

/// What to do with a `JOURNAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalStep {
    /// A newer generation was seen: say this fence and list nothing.
    Stale(Generation),
    /// Raise the fence to this and list what was done, in one transaction.
    List(Generation),
}

/// `JOURNAL`: what is not in the list will not be done under an older generation.
pub fn journal(fence: Option<Generation>, request: &Journal) -> JournalStep {
    match superseded(fence, request.generation) {
        Some(fence) => JournalStep::Stale(fence),
        None => JournalStep::List(raised(fence, request.generation)),
    }
}

/// The fence to write down in the transaction that lists: what is listed is then all that an older
/// generation can have done.
pub fn fence_beside_list(step: JournalStep, guards: Guards) -> Option<Generation> {
    match step {
        JournalStep::List(raised) if guards.has(Guard::JournalFences) => Some(raised),
        JournalStep::List(_) | JournalStep::Stale(_) => None,
    }
}

/// May a block with this generation ask about a customer, or is it superseded?
pub fn superseded(fence: Option<Generation>, generation: Generation) -> Option<Generation> {
    fence.filter(|fence| generation < *fence)
}

/// The fence after a request with `generation` was let through.
pub fn raised(fence: Option<Generation>, generation: Generation) -> Generation {
    fence.map_or(generation, |fence| fence.max(generation))
}

fn repeat(known: &Known, customer: CustomerId, hash: IntentHash, guards: Guards) -> Answer {
    let same = known.customer_id == customer && known.intent_hash == hash;
    if !same && guards.has(Guard::IntentHash) {
        return Answer::PayloadMismatch; // I2
    }
    known.outcome.clone().map_or(Answer::InProgress, Answer::Outcome)
}

fn stale(fence: Option<Generation>, generation: Generation) -> Option<Answer> {
    superseded(fence, generation).map(|fence| Answer::StaleGeneration { fence })
}

fn ended(state: OperationState, now: Timestamp) -> Outcome {
    Outcome { state, decided_at: now, reason: None, effect: None }
}

#[cfg(test)]
#[path = "tests/decide.rs"]
mod tests;
