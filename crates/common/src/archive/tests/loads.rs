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
