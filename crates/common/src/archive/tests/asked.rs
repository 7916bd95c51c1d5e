use super::*;
use crate::incarnation::Incarnation;

fn stream(block: &str, timeline: u32) -> StreamId {
    let incarnation = Incarnation { timeline, system: 1, nonce: 0 };
    StreamId { block: block.parse().unwrap(), incarnation }
}

fn mark(asked: u64, answered: u64) -> Asked {
    Asked { asked: Generation(asked), answered: Generation(answered) }
}

#[test]
fn the_mark_is_in_force_until_it_is_answered() {
    let cases = [
        ("never asked", mark(0, 0), false),
        ("asked", mark(2, 0), true),
        ("answered under the same", mark(2, 2), false),
        ("answered under a newer one", mark(2, 3), false),
        ("asked again", mark(4, 3), true),
    ];
    for (case, mark, expected) in cases {
        assert_eq!(mark.in_force(), expected, "{case}");
    }
    assert_eq!(mark(2, 1).because_of(Generation(1)), mark(2, 1), "never falls");
    assert_eq!(mark(2, 1).because_of(Generation(3)), mark(3, 1));
    assert_eq!(mark(2, 3).answered_under(Generation(1)), mark(2, 3), "never falls");
    assert_eq!(mark(2, 1).answered_under(Generation(2)), mark(2, 2));
    assert_eq!(mark(2, 1).answered_as(mark(2, 1)), mark(2, 2));
    assert!(mark(4, 1).answered_as(mark(2, 1)).in_force(), "an answer to an older question");
}

#[test]
fn first_arrivals() {
    let me = stream("client-1", 1);
    let by = |block, timeline, generation| (Some(stream(block, timeline)), Generation(generation));
    let cases = [
        ("nobody has loaded him", vec![], None),
        ("loaded elsewhere under a newer one", vec![by("backup-1", 1, 3)], Some(3)),
        ("… under the same", vec![by("backup-1", 1, 2)], None),
        ("… under an older one", vec![by("backup-1", 1, 1)], None),
        ("loaded by the writer itself", vec![by("client-1", 1, 3)], None),
        ("by another life of the writer", vec![by("client-1", 2, 3)], Some(3)),
        ("counted by a recovery", vec![(None, Generation(3))], Some(3)),
        ("the newest counts", vec![by("backup-1", 1, 5), by("backup-1", 1, 4)], Some(5)),
    ];
    for (case, loads, expected) in cases {
        let asked = on_first_arrival(&me, Generation(2), &loads);
        assert_eq!(asked, expected.map(Generation), "{case}");
    }
}

#[test]
fn own_things_after_a_load() {
    // (written under, loaded under, newest load elsewhere)
    let cases = [
        ("he was elsewhere meanwhile", 1, 3, Some(2), Some(3)),
        ("elsewhere before it was written", 2, 3, Some(2), None),
        ("nowhere else", 1, 3, None, None),
        ("written under the load's generation", 3, 3, Some(5), None),
        ("written under a newer one", 4, 3, Some(5), None),
    ];
    for (case, written, loaded, elsewhere, expected) in cases {
        for own in [Own::Operation, Own::Cancellation] {
            let ask = |guards| {
                let elsewhere = elsewhere.map(Generation);
                own_after_load(own, Generation(written), Generation(loaded), elsewhere, guards)
            };
            assert_eq!(ask(Guards::ALL), expected.map(Generation), "{case}, {own:?}");
            let (guard, other) = match own {
                Own::Operation => (Guard::OwnOperationAsked, Guard::OwnCancelAsked),
                Own::Cancellation => (Guard::OwnCancelAsked, Guard::OwnOperationAsked),
            };
            assert_eq!(ask(Guards::without(guard)), None, "{case}, {own:?}");
            let without = ask(Guards::without(other));
            assert_eq!(without, expected.map(Generation), "{case}, {own:?}");
        }
    }
}

#[test]
fn only_what_is_open_and_unknown_is_asked_about_on_arrival() {
    use OperationState::{Cancelled, Pending};
    let loads = [(Some(stream("backup-1", 1)), Generation(6))];
    let writer = stream("client-1", 1);
    let cases = [
        ("known", true, Pending, 5, None),
        ("ended", false, Cancelled, 5, None),
        ("written since", false, Pending, 6, None),
        ("a view may have lacked it", false, Pending, 5, Some(6)),
    ];
    for (case, known, state, generation, expected) in cases {
        let written = (&writer, Generation(generation));
        let asked = on_arrival(known, state, written, &loads);
        assert_eq!(asked, expected.map(Generation), "{case}");
    }
}
