use proptest::prelude::*;

use super::*;

fn key(generation: u64, version: u64, payload: u8) -> Key {
    Key { generation: Generation(generation), version, payload: [payload; 32] }
}

fn keys() -> impl Strategy<Value = Key> {
    (0..3_u64, 0..3_u64, 0..3_u8).prop_map(|(g, v, p)| key(g, v, p))
}

/// The value goes with its key.
fn join(mine: Key, theirs: Key) -> Key {
    if replaces(theirs, mine) { theirs } else { mine }
}

proptest! {
    #[test]
    fn the_join_is_commutative_associative_and_idempotent(a in keys(), b in keys(), c in keys()) {
        prop_assert_eq!(join(a, b), join(b, a));
        prop_assert_eq!(join(join(a, b), c), join(a, join(b, c)));
        prop_assert_eq!(join(a, a), a);
    }

    #[test]
    fn what_is_written_next_stands_above(
        before in keys(),
        generation in 0..4_u64,
        payload in 0..3_u8,
        wall in any::<u64>(),
    ) {
        let after = next(before, Generation(generation), [payload; 32], wall, Guards::ALL);
        prop_assert!(replaces(after, before));
    }
}

#[test]
fn generation_then_version_then_payload() {
    let ascending = [
        ("payload", key(1, 1, 1), key(1, 1, 2)),
        ("version beats payload", key(1, 1, 9), key(1, 2, 0)),
        ("generation beats version", key(1, 9, 9), key(2, 1, 0)),
    ];
    for (case, lower, higher) in ascending {
        assert!(replaces(higher, lower) && !replaces(lower, higher), "{case}");
    }
    assert!(!replaces(key(1, 1, 1), key(1, 1, 1)), "the same is no replacement");
}

#[test]
fn the_next_key() {
    let cases = [
        ("same generation", key(2, 3, 0), 2, key(2, 4, 7)),
        ("newer generation", key(2, 3, 0), 4, key(4, 1, 7)),
        ("written by somebody superseded", key(2, 3, 0), 1, key(2, 4, 7)),
    ];
    for (case, before, generation, expected) in cases {
        let wall = 1_000;
        assert_eq!(
            next(before, Generation(generation), [7; 32], wall, Guards::ALL),
            expected,
            "{case}"
        );
    }
    let clock = Guards::without(Guard::NoClockInKeys);
    let by_clock = next(key(2, 3, 0), Generation(4), [7; 32], 5, clock);
    assert!(
        !replaces(by_clock, key(2, 3, 0)),
        "a clock that is behind loses the customer's change"
    );
}
