use super::*;
use crate::guards::Guard;
use crate::placement::samples::{draining, life, name, resting};

/// (block, life, generation, closed, sealed)
type By = (&'static str, (u64, u32), u64, bool, bool);

const OWNER: By = ("client-1", (1, 1), 5, false, false);
const TARGET: By = ("backup-1", (2, 1), 6, false, false);
const STRANGER: By = ("client-2", (3, 1), 5, false, false);

fn judged(row: &Placement, by: By, handed: Option<u64>, seal: bool, guards: Guards) -> Lateness {
    let (block, (system, timeline), generation, closed, sealed) = by;
    let (block, incarnation) = (name(block), life(system, timeline));
    let generation = Generation(generation);
    let writer = Writer { block: &block, incarnation: &incarnation, closed, generation, sealed };
    let to = |generation| HandedOver { to: name("backup-1"), generation: Generation(generation) };
    let handed = handed.map(to);
    if seal {
        judge_seal(row, &writer, guards)
    } else {
        judge(row, &writer, handed.as_ref(), guards)
    }
}

#[test]
fn events_in_order_of_precedence() {
    use Lateness::{Customer, OnTime, Slice};
    let (d, r) = (draining(), resting());
    let closed = |by: By| (by.0, by.1, by.2, true, by.4);
    let sealed = |by: By| (by.0, by.1, by.2, by.3, true);
    let under = |by: By, generation| (by.0, by.1, generation, by.3, by.4);
    let reborn = |by: By| (by.0, (by.1.0, 2), by.2, by.3, by.4);
    let cases = [
        ("closed beats owning", &r, closed(OWNER), None, Slice),
        ("closed beats handed over", &d, closed(OWNER), Some(6), Slice),
        ("handed over: the target", &d, TARGET, Some(6), OnTime),
        ("… under another generation", &d, under(TARGET, 5), Some(6), Slice),
        ("… after its own seal", &d, sealed(TARGET), Some(6), Slice),
        ("… in another life", &d, reborn(TARGET), Some(6), Slice),
        ("handed over: the owner", &d, OWNER, Some(6), Customer),
        ("… after its own seal", &d, sealed(OWNER), Some(6), Customer),
        ("handed over: a stranger", &d, STRANGER, Some(6), Slice),
        ("an earlier hand-over is over: the owner", &d, OWNER, Some(4), OnTime),
        ("… and the target is early", &d, TARGET, Some(4), Slice),
        ("an abort ended it: the owner", &r, OWNER, Some(6), OnTime),
        ("not handed over: the target", &d, TARGET, None, Slice),
        ("not handed over: the owner", &d, OWNER, None, OnTime),
        ("the owner after its seal", &d, sealed(OWNER), None, Slice),
        ("the owner, before anybody else served", &r, under(OWNER, 3), None, OnTime),
        ("the owner, before somebody else served", &r, under(OWNER, 2), None, Slice),
        ("another life of the owner", &r, reborn(OWNER), None, Slice),
        ("a stranger", &r, STRANGER, None, Slice),
    ];
    for (case, row, by, handed, expected) in cases {
        assert_eq!(judged(row, by, handed, false, Guards::ALL), expected, "{case}");
        assert_eq!(expected.is_late(), expected != OnTime);
    }
    let any = Guards::without(Guard::RowNamesIncarnation);
    assert_eq!(judged(&r, reborn(OWNER), None, false, any), OnTime);
}

#[test]
fn seals_in_order_of_precedence() {
    use Lateness::{OnTime, Slice};
    let d = draining();
    let under = |by: By, generation| (by.0, by.1, generation, by.3, by.4);
    let cases = [
        ("the owner's", OWNER, OnTime),
        ("never late against itself", (OWNER.0, OWNER.1, 5, false, true), OnTime),
        ("the owner's, of an earlier generation of its own", under(OWNER, 3), OnTime),
        ("the owner's, from before somebody else", under(OWNER, 2), Slice),
        ("the target's", TARGET, OnTime),
        ("the target's, of another generation", under(TARGET, 5), Slice),
        ("of a closed life", (OWNER.0, OWNER.1, 5, true, false), Slice),
        ("the target's, of a closed life", (TARGET.0, TARGET.1, 6, true, false), Slice),
        ("of another life", (OWNER.0, (1, 2), 5, false, false), Slice),
        ("a stranger's", STRANGER, Slice),
    ];
    for (case, by, expected) in cases {
        assert_eq!(judged(&d, by, None, true, Guards::ALL), expected, "{case}");
    }
    assert_eq!(judged(&resting(), TARGET, None, true, Guards::ALL), Slice, "no drain any more");
}

#[test]
fn a_hand_over_is_in_force_while_its_drain_is() {
    let handed = |to, generation| HandedOver { to: name(to), generation: Generation(generation) };
    let cases = [
        ("this drain", draining(), handed("backup-1", 6), true),
        ("an earlier one", draining(), handed("backup-1", 4), false),
        ("to somebody else", draining(), handed("backup-2", 6), false),
        ("the drain is over", resting(), handed("backup-1", 6), false),
    ];
    for (case, row, handed, expected) in cases {
        assert_eq!(handed.in_force(&row), expected, "{case}");
    }
}
