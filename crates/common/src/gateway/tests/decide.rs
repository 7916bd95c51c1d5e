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
    let answer = void(Some(&known(Some(done.clone()))), None, &void_request(1), now, Guards::ALL);
    assert_eq!(answer, VoidStep::Answer(Answer::Outcome(done)));
    let answer = void(None, Some(Generation(2)), &void_request(1), now, Guards::ALL);
    let stale = Answer::StaleGeneration { fence: Generation(2) };
    assert_eq!(answer, VoidStep::Answer(stale));
    let cancelled = ended(OperationState::Cancelled, now);
    assert_eq!(void(None, None, &void_request(1), now, Guards::ALL), VoidStep::Store(cancelled));
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

#[test]
fn a_journal_fences_as_it_lists() {
    let seven = Generation(7);
    let without = Guards::without(Guard::JournalFences);
    let cases = [
        ("stale", JournalStep::Stale(seven), Guards::ALL, None),
        ("listed", JournalStep::List(seven), Guards::ALL, Some(seven)),
        ("listed, fenced later", JournalStep::List(seven), without, None),
    ];
    for (case, step, guards, expected) in cases {
        assert_eq!(fence_beside_list(step, guards), expected, "{case}");
    }
}
