use proptest::collection::btree_set;
use proptest::prelude::*;

use super::*;

fn locks(placed: &[u8], removed: &[u8]) -> Locks<u8> {
    Locks { placed: placed.iter().copied().collect(), removed: removed.iter().copied().collect() }
}

fn some() -> impl Strategy<Value = Locks<u8>> {
    (btree_set(0..5_u8, 0..4), btree_set(0..5_u8, 0..4))
        .prop_map(|(placed, removed)| Locks { placed, removed })
}

fn joined(a: &Locks<u8>, b: &Locks<u8>) -> Locks<u8> {
    let mut both = a.clone();
    both.join(b);
    both
}

proptest! {
    #[test]
    fn the_join_is_commutative_associative_and_idempotent(a in some(), b in some(), c in some()) {
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        prop_assert_eq!(joined(&a, &a), a);
    }

    /// I9: only taking a lock off by its id ends it; no join does.
    #[test]
    fn a_lock_holds_until_it_is_taken_off(a in some(), b in some()) {
        let both = joined(&a, &b);
        for lock in a.in_force().filter(|lock| !b.removed.contains(lock)) {
            prop_assert!(both.in_force().any(|other| other == lock));
        }
    }
}

#[test]
fn what_is_in_force() {
    let cases = [
        ("none", locks(&[], &[]), vec![]),
        ("one", locks(&[1], &[]), vec![1]),
        ("taken off", locks(&[1], &[1]), vec![]),
        ("another one is left", locks(&[1, 2], &[1]), vec![2]),
        ("taken off before it arrived", locks(&[], &[1]), vec![]),
    ];
    for (case, locks, expected) in cases {
        assert_eq!(locks.in_force().copied().collect::<Vec<_>>(), expected, "{case}");
        assert_eq!(locks.locked(), !expected.is_empty(), "{case}");
    }
}

#[test]
fn only_those_that_he_was_shown_are_taken_off() {
    let mut by_id = locks(&[1, 2], &[]);
    by_id.remove(&[1], Guards::ALL);
    assert_eq!(by_id, locks(&[1, 2], &[1]));
    let mut all = locks(&[1, 2], &[]);
    all.remove(&[1], Guards::without(Guard::LocksById));
    assert!(!all.locked());
}
