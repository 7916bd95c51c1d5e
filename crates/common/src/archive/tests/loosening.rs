use super::*;
use crate::ids::Generation;
use crate::placement::samples::{draining, life, name};

/// (block, its system, timeline, generation, closed, sealed)
type By = (&'static str, u64, u32, u64, bool, bool);

fn decided(by: By, handed: Option<u64>, guards: Guards) -> bool {
    let (block, system, timeline, generation, closed, sealed) = by;
    let (block, incarnation) = (name(block), life(system, timeline));
    let generation = Generation(generation);
    let writer = Writer { block: &block, incarnation: &incarnation, closed, generation, sealed };
    let to = |generation| HandedOver { to: name("backup-1"), generation: Generation(generation) };
    let handed = handed.map(to);
    decide(&draining(), &writer, handed.as_ref(), guards) == Verdict::Applied
}

#[test]
fn loosenings_in_order_of_precedence() {
    let cases = [
        ("the owner", ("client-1", 1, 1, 5, false, false), None, true),
        ("the owner, an earlier generation", ("client-1", 1, 1, 4, false, false), None, false),
        ("after handing him over", ("client-1", 1, 1, 5, false, false), Some(6), false),
        ("an earlier hand-over is over", ("client-1", 1, 1, 5, false, false), Some(4), true),
        ("after its seal", ("client-1", 1, 1, 5, false, true), None, false),
        ("a closed life", ("client-1", 1, 1, 5, true, false), None, false),
        ("another life", ("client-1", 1, 2, 5, false, false), None, false),
        ("the target, handed over", ("backup-1", 2, 1, 6, false, false), Some(6), true),
        ("the target, not handed over", ("backup-1", 2, 1, 6, false, false), None, false),
        ("the target, another generation", ("backup-1", 2, 1, 5, false, false), Some(6), false),
        ("the target after its seal", ("backup-1", 2, 1, 6, false, true), Some(6), false),
        ("the target, a closed life", ("backup-1", 2, 1, 6, true, false), Some(6), false),
        ("a stranger", ("client-2", 3, 1, 5, false, false), Some(6), false),
    ];
    for (case, by, handed, expected) in cases {
        assert_eq!(decided(by, handed, Guards::ALL), expected, "{case}");
    }
    let without = Guards::without(Guard::NoLooseningAfterHandOver);
    assert!(decided(("client-1", 1, 1, 5, false, false), Some(6), without));
    assert!(decided(("client-1", 1, 1, 5, false, true), None, without));
}
