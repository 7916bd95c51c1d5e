use super::*;
use crate::placement::samples::{life, name};

#[test]
fn loads_by_others_and_of_recovery() {
    let by = |system| StreamId { block: name("client-1"), incarnation: life(system, 1) };
    let load = |system, generation| (Some(by(system)), Generation(generation));
    let recovery = recovered(Generation(9), Guards::ALL).unwrap();
    let cases = [
        ("nobody", vec![], None),
        ("only we", vec![load(1, 5)], None),
        ("another", vec![load(1, 5), load(2, 3), load(2, 4)], Some(4)),
        ("a recovery counts for everybody", vec![load(1, 5), recovery], Some(9)),
    ];
    for (case, loads, expected) in cases {
        assert_eq!(newest_elsewhere(&loads, &by(1)), expected.map(Generation), "{case}");
    }
    assert!(is_new(&[load(1, 5)], &load(1, 6)));
    assert!(is_new(&[load(1, 5)], &load(2, 5)));
    assert!(!is_new(&[load(1, 5)], &load(1, 5)));
    let without = Guards::without(Guard::RecoveryRaisesLoads);
    assert_eq!(recovered(Generation(9), without), None);
}

/// A slice's history: at home, drained and finished, forced on, returned, claimed by a new life.
fn history() -> Vec<(Placement, Timestamp)> {
    use crate::placement::PlacementState::{Active, Draining, Moved, Returning};
    let home = name("client-1");
    let slice = crate::placement::slice::SliceId::try_from(3).unwrap();
    let row = |owner, generation, state, reserved: Option<u64>| Placement {
        owner: name(owner),
        generation: Generation(generation),
        state,
        target_generation: reserved.map(Generation),
        ..Placement::first(home.clone(), slice, "test")
    };
    let rows = [
        row("client-1", 1, Active, None),
        row("client-1", 1, Draining, Some(2)),
        row("backup-1", 2, Moved, None),
        row("backup-2", 3, Moved, None),
        row("backup-2", 3, Draining, Some(4)),
        row("client-1", 4, Returning, None),
        row("client-1", 4, Active, None),
        row("client-1", 5, Returning, None),
        row("client-1", 5, Draining, Some(6)),
        row("client-1", 7, Returning, None),
    ];
    let at = |hour: i64| Timestamp::from_unix_ms(hour * 3_600_000);
    (100..).map(at).zip(rows).map(|(at, row)| (row, at)).collect()
}

#[test]
fn generations_begin_by_a_move_a_force_or_a_claim() {
    let found: Vec<(u64, i64, bool)> = begun(&history())
        .iter()
        .map(|it| (it.generation.0, it.at.unix_ms() / 3_600_000, it.forced))
        .collect();
    let expected =
        [(1, 100, false), (2, 102, false), (3, 103, true), (4, 105, false), (5, 107, false)];
    assert_eq!(found[..5], expected);
    assert_eq!(found[5..], [(7, 109, false)], "an abort");
    assert_eq!(forced(&begun(&history())), Some(Generation(3)));
    assert_eq!(forced(&begun(&history()[..3])), None, "a planned move");
    // A force in the middle of a drain takes another generation than the reserved one.
    let mut torn = history()[..2].to_vec();
    torn.push(history()[3].clone());
    assert_eq!(forced(&begun(&torn)), Some(Generation(3)));
}

#[test]
fn a_journal_reaches_back_before_the_end_of_the_last_load() {
    let by = StreamId { block: name("client-1"), incarnation: life(1, 1) };
    let load = |generation| (Some(by.clone()), Generation(generation));
    let at = |hour: i64| Timestamp::from_unix_ms(hour * 3_600_000);
    let all = begun(&history());
    let now = at(500);
    let cases = [
        ("never loaded: from the beginning", vec![], Some(102 - 72)),
        ("loaded by the first backup", vec![load(2)], Some(103 - 72)),
        ("by both", vec![load(3), load(2)], Some(105 - 72)),
        ("under a reserved one that never was", vec![load(6)], Some(109 - 72)),
        ("under the present one, which came to nothing", vec![load(5), load(7)], Some(109 - 72)),
    ];
    let seven = Generation(7);
    for (case, loads, expected) in cases {
        assert_eq!(journal_since(&loads, seven, &all, now), expected.map(at), "{case}");
    }
    let drained = journal_since(&[load(7)], Generation(8), &all, now);
    assert_eq!(drained, Some(at(500 - 72)), "the owner still serves");
    assert_eq!(journal_since(&[], seven, &all[1..], now), None, "the history begins later");
    let far = Begun { generation: Generation(1_009), at: at(200), forced: false };
    let recovered = [all[0], far];
    let journal = |loads: &[Load]| journal_since(loads, Generation(1_009), &recovered, now);
    let within = Generation(1_009 - RECOVERY_GAP + 1);
    assert_eq!(journal(&[(None, within)]), Some(at(200 - 72)), "within the gap");
    assert_eq!(journal(&[]), None, "what was between is not known");
}
