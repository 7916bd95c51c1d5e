use proptest::prelude::*;

use super::*;

fn life(timeline: u32) -> Incarnation {
    Incarnation { timeline, system: 1, nonce: 0 }
}

fn stream(block: &str, timeline: u32) -> StreamId {
    StreamId { block: block.parse().unwrap(), incarnation: life(timeline) }
}

/// A cursor that has followed these: (stream, batch), each at the place of its turn.
fn following(steps: &[(u8, u64)]) -> Cursor {
    let mut cursor = Cursor::default();
    for (place, (block, batch)) in steps.iter().enumerate() {
        cursor.follow(&stream(&format!("client-{block}"), 1), *batch, place as u64);
    }
    cursor
}

fn steps() -> impl Strategy<Value = Vec<(u8, u64)>> {
    proptest::collection::vec((1..3_u8, 1..6_u64), 0..6)
}

proptest! {
    #[test]
    fn following_is_commutative_associative_and_idempotent(
        a in steps(),
        b in steps(),
        c in steps(),
    ) {
        let batches = |parts: &[&Vec<(u8, u64)>]| {
            let all: Vec<_> = parts.iter().flat_map(|part| part.iter().copied()).collect();
            following(&all).batches
        };
        prop_assert_eq!(batches(&[&a, &b]), batches(&[&b, &a]));
        prop_assert_eq!(batches(&[&a, &b, &c]), batches(&[&c, &a, &b]));
        prop_assert_eq!(batches(&[&a, &a]), batches(&[&a]));
    }

    #[test]
    fn what_was_followed_is_not_new(a in steps(), b in steps()) {
        let mut cursor = following(&a);
        for (block, batch) in &b {
            let stream = stream(&format!("client-{block}"), 1);
            cursor.follow(&stream, *batch, 0);
            prop_assert!(!cursor.is_new(&stream, *batch, u64::MAX, Guards::ALL));
        }
    }
}

#[test]
fn what_is_new() {
    let cursor = following(&[(1, 2), (2, 5)]);
    let cases = [
        ("followed", "client-1", 1, 2, false),
        ("older", "client-1", 1, 1, false),
        ("newer", "client-1", 1, 3, true),
        ("another stream", "client-2", 1, 3, false),
        ("a stream never followed", "client-3", 1, 1, true),
        ("another life of the stream", "client-1", 2, 1, true),
    ];
    for (case, block, timeline, batch, expected) in cases {
        let stream = stream(block, timeline);
        assert_eq!(cursor.is_new(&stream, batch, 0, Guards::ALL), expected, "{case}");
    }
}

#[test]
fn a_new_life_of_the_archive_is_read_from_its_beginning() {
    let mut cursor = Cursor::default();
    cursor.for_archive(life(1), Guards::ALL);
    cursor.follow(&stream("client-1", 1), 4, 7);
    let before = cursor.clone();
    cursor.for_archive(life(1), Guards::ALL);
    assert_eq!(cursor, before, "the same life: read on");
    cursor.for_archive(life(2), Guards::ALL);
    assert!(cursor.is_new(&stream("client-1", 1), 4, 0, Guards::ALL));
    let by_place = Guards::without(Guard::CursorByPosition);
    let mut plain = before;
    plain.for_archive(life(2), by_place);
    assert!(!plain.is_new(&stream("client-1", 1), 5, 7, by_place), "a place given out again");
    assert!(plain.is_new(&stream("client-1", 1), 5, 8, by_place));
}
