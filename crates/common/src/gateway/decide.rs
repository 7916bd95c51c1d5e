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
mod tests {
    use serde_json::json;

    use super::super::VoidCause;
    use super::*;
    use crate::ids::OperationId;

    const NOW: i64 = 1_000_000;

    fn request(generation: u64, hash: u8) -> Execute {
        Execute {
            operation_id: OperationId::derive(CustomerId(1), "k"),
            intent_hash: IntentHash([hash; 32]),
            customer_id: CustomerId(1),
            generation: Generation(generation),
            intent: json!({}),
            valid_until: Timestamp::from_unix_ms(NOW),
        }
    }

    fn known(outcome: Option<Outcome>) -> Known {
        Known { customer_id: CustomerId(1), intent_hash: IntentHash([7; 32]), outcome }
    }

    #[test]
    fn execute_in_order_of_precedence() {
        let now = Timestamp::from_unix_ms(NOW);
        let late = Timestamp::from_unix_ms(NOW + 1);
        let done = ended(OperationState::Executed, now);
        let fence = |g| Some(Generation(g));
        let answer = |a| ExecuteStep::Answer(a);
        let stale = |g| answer(Answer::StaleGeneration { fence: Generation(g) });
        let mismatch = || answer(Answer::PayloadMismatch);
        let finished = known(Some(done.clone()));
        let cases = [
            (
                "known beats fence and time",
                Some(&finished),
                fence(9),
                request(1, 7),
                late,
                answer(Answer::Outcome(done.clone())),
            ),
            ("another intent", Some(&finished), None, request(1, 8), now, mismatch()),
            ("running", Some(&known(None)), None, request(1, 7), now, answer(Answer::InProgress)),
            (
                "expired beats fence",
                None,
                fence(9),
                request(1, 7),
                late,
                ExecuteStep::Store(ended(OperationState::Expired, late)),
            ),
            ("old generation", None, fence(2), request(1, 7), now, stale(2)),
            ("same generation", None, fence(2), request(2, 7), now, ExecuteStep::Validate),
            ("newer generation", None, fence(2), request(3, 7), now, ExecuteStep::Validate),
            ("first", None, None, request(1, 7), now, ExecuteStep::Validate),
        ];
        for (case, known, fence, request, now, expected) in cases {
            assert_eq!(execute(known, fence, &request, now, Guards::ALL), expected, "{case}");
        }
        let foreign = Known { customer_id: CustomerId(2), ..finished };
        let answer = execute(Some(&foreign), None, &request(1, 7), now, Guards::ALL);
        assert_eq!(answer, mismatch());
    }

    #[test]
    fn void_loses_to_an_execution_and_respects_the_fence() {
        let now = Timestamp::from_unix_ms(NOW);
        let void_request = |generation| {
            let r = request(generation, 7);
            Void {
                operation_id: r.operation_id,
                intent_hash: r.intent_hash,
                customer_id: r.customer_id,
                generation: r.generation,
                cause: VoidCause::Customer,
            }
        };
        let done = ended(OperationState::Executed, now);
        let answer =
            void(Some(&known(Some(done.clone()))), None, &void_request(1), now, Guards::ALL);
        assert_eq!(answer, VoidStep::Answer(Answer::Outcome(done)));
        let answer = void(None, Some(Generation(2)), &void_request(1), now, Guards::ALL);
        let stale = Answer::StaleGeneration { fence: Generation(2) };
        assert_eq!(answer, VoidStep::Answer(stale));
        let cancelled = ended(OperationState::Cancelled, now);
        assert_eq!(
            void(None, None, &void_request(1), now, Guards::ALL),
            VoidStep::Store(cancelled.clone())
        );
        let voided = known(Some(cancelled.clone()));
        assert_eq!(
            execute(Some(&voided), None, &request(2, 7), now, Guards::ALL),
            ExecuteStep::Answer(Answer::Outcome(cancelled)),
            "an order that comes after its VOID finds it"
        );
    }

    #[test]
    fn what_arrives_is_what_was_hashed_and_no_longer_valid_than_confirmed() {
        let terms = json!({
            "kind": "own_transfer", "from_account": "40817810000000000001",
            "to_account": "40817810000000000002",
            "amount": {"amount": "60.00", "currency": "RUB"},
        });
        let confirmed = Timestamp::from_unix_ms(NOW - 1_000);
        let intent = json!({ "terms": terms, "valid_until": confirmed });
        let intent_hash = IntentHash::of(&intent).unwrap();
        let asked = Execute { intent_hash, intent, ..request(1, 7) };
        let (taken, read) = arrived(asked.clone()).unwrap();
        assert_eq!(taken.valid_until, confirmed);
        assert_eq!(read.map(|intent| intent.valid_until), Some(confirmed));
        let altered = Execute { intent: json!({}), ..asked };
        assert_eq!(arrived(altered), Err(Altered));
        let strange = Execute { intent_hash: IntentHash::of(&json!({})).unwrap(), ..request(1, 7) };
        assert_eq!(arrived(strange.clone()), Ok((strange, None)));
    }

    #[test]
    fn a_journal_raises_the_fence_or_tells_nothing() {
        let asked = |generation| Journal {
            customer_id: CustomerId(1),
            since: Timestamp::from_unix_ms(0),
            generation: Generation(generation),
        };
        assert_eq!(journal(None, &asked(3)), JournalStep::List(Generation(3)));
        assert_eq!(journal(Some(Generation(3)), &asked(3)), JournalStep::List(Generation(3)));
        assert_eq!(journal(Some(Generation(4)), &asked(3)), JournalStep::Stale(Generation(4)));
    }

    #[test]
    fn fences_only_rise() {
        assert_eq!(raised(None, Generation(3)), Generation(3));
        assert_eq!(raised(Some(Generation(5)), Generation(3)), Generation(5));
        assert_eq!(superseded(Some(Generation(5)), Generation(3)), Some(Generation(5)));
        assert_eq!(superseded(Some(Generation(5)), Generation(5)), None);
    }
}
