use super::*;
use crate::ids::{Generation, Revision};
use crate::placement::samples::{draining, life, name, resting};

fn newer(row: Placement) -> Placement {
    Placement { revision: Revision(10), ..row }
}

fn adopted(copy: Option<&Placement>, arrived: &Placement, me: (&str, u32)) -> Option<Adopted> {
    let own = (&name(me.0), &life(if me.0 == "client-1" { 1 } else { 2 }, me.1));
    adopting(own, copy, arrived, None, Guards::ALL)
}

#[test]
fn only_a_newer_row_does_anything() {
    let (copy, home) = (resting(), ("client-1", 1));
    assert_eq!(adopted(Some(&copy), &copy, home), None);
    assert_eq!(adopted(Some(&newer(copy.clone())), &copy, home), None);
    let words = adopted(Some(&copy), &newer(copy.clone()), home).unwrap();
    assert!(!words.ends_transactions && !words.drops_loads && !words.outlived);
    let raised = Placement { generation: Generation(6), ..newer(copy.clone()) };
    let raised = adopted(Some(&copy), &raised, home).unwrap();
    assert!(raised.ends_transactions && raised.drops_loads);
    let first = adopted(None, &copy, home).unwrap();
    assert!(first.ends_transactions && first.drops_loads);
}

#[test]
fn a_row_that_names_a_later_life_of_us_closes_us() {
    let cases = [
        ("this life of the owner", ("client-1", 1), false),
        ("an earlier life of the owner", ("client-1", 0), true),
        ("this life of the target", ("backup-1", 1), false),
        ("an earlier life of the target", ("backup-1", 0), true),
        ("a stranger", ("client-2", 0), false),
    ];
    for (case, me, expected) in cases {
        assert_eq!(adopted(None, &draining(), me).unwrap().outlived, expected, "{case}");
    }
    let without = Guards::without(Guard::RowNamesIncarnation);
    let me = (&name("client-1"), &life(1, 0));
    assert!(!adopting(me, None, &draining(), None, without).unwrap().outlived);
}

#[test]
fn what_becomes_of_our_seal() {
    let sealed = |generation, unsealing| Sealed {
        generation: Generation(generation),
        revision: Revision(9),
        unsealing,
    };
    let passed = Placement { generation: Generation(6), ..newer(resting()) };
    let cases = [
        ("the slice has passed on", sealed(5, false), passed.clone(), SealThen::Passed),
        ("… and we took it back", sealed(5, true), passed, SealThen::Passed),
        ("only the drain was noted", sealed(5, false), newer(draining()), SealThen::Stands),
        ("UNSEAL was applied", sealed(5, true), newer(draining()), SealThen::Unsealed),
        ("… not yet", sealed(5, true), draining(), SealThen::Stands),
        ("the target's UNSEAL", sealed(6, true), newer(draining()), SealThen::Unsealed),
        ("the target's SEAL", sealed(6, false), newer(draining()), SealThen::Stands),
    ];
    for (case, sealed, row, expected) in cases {
        assert_eq!(seal_then(sealed, &row), expected, "{case}");
    }
}
