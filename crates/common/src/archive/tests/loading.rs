use super::*;
use crate::placement::PlacementState;
use crate::placement::samples::{draining, life, name};

#[test]
fn who_may_load_in_order_of_precedence() {
    let handed = HandedOver { to: name("backup-1"), generation: Generation(6) };
    let earlier = HandedOver { generation: Generation(4), ..handed.clone() };
    let moved = Placement { state: PlacementState::Moved, target_generation: None, ..draining() };
    let owner = ("client-1", life(1, 1));
    let target = ("backup-1", life(2, 1));
    let cases = [
        ("the owner", draining(), owner, 5, None, false, true),
        ("the owner, an older generation", draining(), owner, 4, None, false, false),
        ("the owner, the target's generation", draining(), owner, 6, Some(&handed), true, false),
        ("another life of the owner", draining(), ("client-1", life(1, 2)), 5, None, false, false),
        ("the target, handed over", draining(), target, 6, Some(&handed), false, true),
        ("the target, told so only", draining(), target, 6, None, true, false),
        ("the target, an earlier hand-over", draining(), target, 6, Some(&earlier), true, false),
        ("the target, another generation", draining(), target, 5, Some(&handed), true, false),
        ("the target, no drain any more", moved, target, 6, Some(&handed), true, false),
        (
            "another life of the target",
            draining(),
            ("backup-1", life(2, 2)),
            6,
            Some(&handed),
            true,
            false,
        ),
        ("a stranger", draining(), ("client-2", life(3, 1)), 5, Some(&handed), true, false),
    ];
    for (case, row, (block, life), generation, handed, hinted, expected) in cases {
        let block = (&name(block), &life);
        let generation = Generation(generation);
        let answer = permitted(&row, block, generation, handed, hinted, Guards::ALL);
        assert_eq!(answer, expected, "{case}");
    }
    let told = Guards::without(Guard::DurableHandOver);
    let target = (&name("backup-1"), &life(2, 1));
    assert!(permitted(&draining(), target, Generation(6), None, true, told));
    assert!(!permitted(&draining(), target, Generation(6), None, false, told));
}

#[test]
fn a_recovering_archive_lets_nobody_load_and_no_closed_life_ever() {
    let (block, life) = (name("client-1"), life(1, 1));
    let cases = [
        ("the owner", false, false, true),
        ("the archive recovers", true, false, false),
        ("a life that is over", false, true, false),
    ];
    for (case, recovering, closed, expected) in cases {
        let asker = Asker { block: &block, life: &life, closed };
        let row = draining();
        let answer = may_load(recovering, &row, asker, Generation(5), None, false, Guards::ALL);
        assert_eq!(answer, expected, "{case}");
    }
}
