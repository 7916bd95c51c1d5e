use super::*;
use crate::placement::samples::{draining, life, name, resting};
use crate::placement::slice::SliceId;

#[test]
fn nothing_issued_before_is_issued_again() {
    let home: BlockName = "client-1".parse().unwrap();
    let first = Placement::first(home, SliceId::try_from(0).unwrap(), "test");
    let newer = Placement {
        generation: Generation(4),
        owner_since: Generation(4),
        revision: Revision(9),
        ..first.clone()
    };
    let row = recovered(&[&first, &newer], Generation(6), Guards::ALL).unwrap();
    assert_eq!(row.generation, Generation(1_006));
    assert_eq!(row.owner_since, Generation(4), "the owner's copies stay good");
    assert_eq!(row.revision, Revision(1_009));
    let draining = Placement {
        state: PlacementState::Draining,
        target: Some("backup-2".parse().unwrap()),
        target_generation: Some(Generation(5)),
        ..newer
    };
    let row = recovered(&[&draining], Generation(0), Guards::ALL).unwrap();
    assert_eq!(row.state, PlacementState::Returning);
    assert_eq!(row.owner_since, row.generation, "the target may have served");
    assert!(recovered(&[], Generation(1), Guards::ALL).is_none());
}

#[test]
fn everybody_is_heard_or_excused() {
    let cases = [
        ("nobody to hear", vec![], true),
        ("all", vec![Heard::Yes, Heard::copy(true)], true),
        ("a block that has not sent everything again", vec![Heard::copy(false)], false),
        ("one is missing", vec![Heard::Yes, Heard::No], false),
        ("one is excused", vec![Heard::Yes, Heard::Excused], true),
    ];
    for (case, witnesses, expected) in cases {
        assert_eq!(complete(witnesses), expected, "{case}");
    }
}

#[test]
fn a_slice_is_recovered_from_all_that_is_known() {
    let (own, newer) = (resting(), draining());
    let newer = Placement { revision: Revision(20), ..newer };
    let known = recover(&own, &[&newer], Generation(2), Guards::ALL);
    assert_eq!(known.row.revision, Revision(1_020));
    assert_eq!(known.load, Some((None, Generation(6))), "the highest generation of a copy");
    let owner = (name("client-1"), life(1, 1));
    let target = (name("backup-1"), life(2, 1));
    assert_eq!(known.lives, [owner.clone(), target, owner]);
    let fenced = recover(&own, &[], Generation(9), Guards::ALL);
    assert_eq!(fenced.load, Some((None, Generation(9))), "… or of a fence");
    let without = Guards::without(Guard::RecoveryRaisesLoads);
    assert_eq!(recover(&own, &[], Generation(9), without).load, None);
}
