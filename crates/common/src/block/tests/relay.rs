use super::*;
use crate::incarnation::ChainHash;

fn flight(batch: u64) -> Flight {
    Flight { head: Head { batch, hash: ChainHash([7; 32]) }, rows: vec![1, 2] }
}

#[test]
fn what_the_relay_does_next() {
    let kept = Guards::ALL;
    let anew = Guards::without(Guard::BatchKept);
    let flying = flight(3);
    let cases = [
        ("nothing", None, 0, kept, Next::Rest),
        ("something waits", None, 2, kept, Next::Compose),
        ("in flight", Some(&flying), 0, kept, Next::Again),
        ("in flight beats what waits", Some(&flying), 2, kept, Next::Again),
        ("composed anew without the guard", Some(&flying), 2, anew, Next::Compose),
        ("… only if something waits", Some(&flying), 0, anew, Next::Again),
    ];
    for (case, flight, waiting, guards, expected) in cases {
        assert_eq!(next(flight, waiting, guards), expected, "{case}");
    }
}

#[test]
fn only_the_batch_in_flight_is_acknowledged() {
    let flying = flight(3);
    let cases = [
        ("ours", Some(&flying), 3, Acknowledged::Advance),
        ("an earlier one", Some(&flying), 2, Acknowledged::Ignore),
        ("a later one", Some(&flying), 4, Acknowledged::Ignore),
        ("nothing in flight", None, 3, Acknowledged::Ignore),
    ];
    for (case, flight, batch, expected) in cases {
        assert_eq!(acknowledged(flight, batch), expected, "{case}");
    }
}

/// I7.
#[test]
fn rows_stay_until_acknowledged_and_for_the_window() {
    let cases = [
        ("acknowledged and old", true, 100, true),
        ("acknowledged and young", true, 99, false),
        ("old, and nobody has it", false, 1_000, false),
        ("young", false, 0, false),
    ];
    for (case, acknowledged, age, expected) in cases {
        assert_eq!(removable(acknowledged, age, 100, Guards::ALL), expected, "{case}");
    }
    assert!(removable(false, 100, 100, Guards::without(Guard::KeptUntilAck)));
}

#[test]
fn the_relay_goes_back_onto_its_own_past_only() {
    let hash = |byte| ChainHash([byte; 32]);
    let at = |batch, byte| Head { batch, hash: hash(byte) };
    let cases = [
        ("where we are", at(3, 3), Some(hash(3)), false),
        ("further than we know", at(4, 4), Some(hash(4)), false),
        ("behind", at(2, 2), Some(hash(2)), true),
        ("behind, on another past", at(2, 9), Some(hash(2)), false),
        ("a batch that we never sent", at(2, 2), None, false),
        ("from the beginning", Head::START, None, true),
    ];
    for (case, archive, ours, expected) in cases {
        assert_eq!(rewinds(archive, 3, ours), expected, "{case}");
    }
}

#[test]
fn what_the_archive_has_and_what_it_has_judged() {
    let cases = [
        ("not sent", None, false, false, false),
        ("in flight", Some(4), false, false, false),
        ("acknowledged", Some(3), false, true, true),
        ("acknowledged by one that recovers", Some(3), true, true, false),
    ];
    for (case, batch, unjudged, has, has_judged) in cases {
        assert_eq!(archived(batch, 3), has, "{case}");
        assert_eq!(judged(batch, 3, unjudged), has_judged, "{case}");
    }
}
