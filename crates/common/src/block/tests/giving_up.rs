use super::*;
use crate::placement::samples::{draining, life, name, resting};

const FREE: Loose = Loose { oldest_unsent_ms: None, loosening: false, gone: false };
const GONE: Loose = Loose { gone: true, ..FREE };
const LAGGING: Loose = Loose { oldest_unsent_ms: Some(1_001), ..FREE };
const RECENT: Loose = Loose { oldest_unsent_ms: Some(1_000), ..FREE };
const LOOSENING: Loose = Loose { loosening: true, ..FREE };

fn handed(generation: u64) -> HandedOver {
    HandedOver { to: name("backup-1"), generation: Generation(generation) }
}

#[test]
fn hand_over_in_order_of_precedence() {
    let (d, r) = (draining(), resting());
    let reborn = Placement { owner_incarnation: Some(life(1, 2)), ..draining() };
    let to = ("backup-1", 6);
    let write = || HandOver::Write(handed(6));
    let cases = [
        ("no row", None, to, Some(6), FREE, HandOver::No),
        ("another life of us owns", Some(&reborn), to, Some(6), FREE, HandOver::No),
        ("no drain", Some(&r), to, Some(6), FREE, HandOver::No),
        ("another target", Some(&d), ("backup-2", 6), None, FREE, HandOver::No),
        ("another generation", Some(&d), ("backup-1", 5), None, FREE, HandOver::No),
        ("sealed beats again", Some(&d), to, Some(6), GONE, HandOver::No),
        ("again beats what keeps us", Some(&d), to, Some(6), LAGGING, HandOver::Again),
        ("again, beside a loosening", Some(&d), to, Some(6), LOOSENING, HandOver::Again),
        ("what waits is too old", Some(&d), to, None, LAGGING, HandOver::NotNow),
        ("a loosening waits", Some(&d), to, None, LOOSENING, HandOver::NotNow),
        ("what waits is young", Some(&d), to, None, RECENT, write()),
        ("free", Some(&d), to, None, FREE, write()),
        ("an earlier hand-over counts for nothing", Some(&d), to, Some(4), FREE, write()),
    ];
    for (case, row, (to, generation), before, loose, expected) in cases {
        let me = (&name("client-1"), &life(1, 1));
        let to = (&name(to), Generation(generation));
        let before = before.map(handed);
        let decided = hand_over(row, me, to, before.as_ref(), loose, Guards::ALL);
        assert_eq!(decided, expected, "{case}");
    }
}

#[test]
fn who_may_seal() {
    let owner = ("client-1", life(1, 1));
    let target = ("backup-1", life(2, 1));
    let cases = [
        ("no row", None, owner, 5, FREE, false),
        ("the owner", Some(draining()), owner, 5, FREE, true),
        ("… however much is unsent", Some(draining()), owner, 5, LAGGING, true),
        ("… while a loosening waits", Some(draining()), owner, 5, LOOSENING, false),
        ("… that has sealed", Some(draining()), owner, 5, GONE, false),
        ("… another generation", Some(draining()), owner, 6, FREE, false),
        ("… another life", Some(draining()), ("client-1", life(1, 2)), 5, FREE, false),
        ("… and nothing drains", Some(resting()), owner, 5, FREE, false),
        ("the target, for an abort", Some(draining()), target, 6, FREE, true),
        ("… while a loosening waits", Some(draining()), target, 6, LOOSENING, false),
        ("… the owner's generation", Some(draining()), target, 5, FREE, false),
        ("… another life", Some(draining()), ("backup-1", life(2, 2)), 6, FREE, false),
        ("a stranger", Some(draining()), ("client-2", life(3, 1)), 5, FREE, false),
    ];
    for (case, row, (block, life), generation, loose, expected) in cases {
        let me = (&name(block), &life);
        let may = may_seal(row.as_ref(), me, Generation(generation), loose, Guards::ALL);
        assert_eq!(may, expected, "{case}");
    }
}

#[test]
fn taking_a_seal_back() {
    let cases = [
        ("at once", 0, 0, Unseal::Wait),
        ("just before", 9_999, 9_999, Unseal::Wait),
        ("nothing has happened", 10_000, 0, Unseal::Write),
        ("the archive is silent, not long enough", 60_000, 59_999, Unseal::Write),
        ("silent longer than sealed", 59_999, 90_000, Unseal::Write),
        ("alone", 60_000, 60_000, Unseal::WriteAndServe),
    ];
    for (case, since_seal, silent, expected) in cases {
        assert_eq!(unseal(since_seal, silent), expected, "{case}");
    }
}

#[test]
fn a_seal_shuts_the_gate() {
    assert!(seal_ends_transactions(Guards::ALL));
    assert!(!seal_ends_transactions(Guards::without(Guard::SealBehindGate)));
}
