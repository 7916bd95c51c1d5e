use std::collections::BTreeSet;

use common::guards::{Guard, Guards};
use simulator::model::{Bound, visit};

#[test]
fn no_schedule_within_the_bounds_breaks_a_promise() {
    let mut unseen: Option<BTreeSet<&str>> = None;
    for bound in Bound::SMALL {
        let report = visit(Guards::ALL, *bound);
        assert!(report.violated.is_empty(), "{bound:?}: {:#?}", report.violated);
        assert_eq!(report.exhausted, bound.depth.is_none(), "{bound:?}");
        let here: BTreeSet<&str> = report.unseen.into_iter().collect();
        unseen = Some(unseen.map_or(here.clone(), |before| &before & &here));
    }
    assert_eq!(unseen, Some(BTreeSet::new()), "what never happens proves nothing");
}

#[test]
fn without_a_guard_a_schedule_is_found() {
    let cases = [
        (Guard::FenceCheck, [0, 0, 1, 0, 0, 0], "I5"),
        (Guard::TargetGeneration, [1, 0, 0, 0, 0, 0], "I4"),
        (Guard::DurableHandOver, [1, 0, 0, 0, 0, 0], "I17"),
        (Guard::SealNotVoided, [1, 0, 0, 1, 0, 0], "I17"),
        (Guard::JournalFences, [0, 0, 1, 0, 0, 0], "I5"),
        (Guard::SealBehindGate, [1, 0, 0, 0, 0, 1], "I17"),
        (Guard::OwnOperationAsked, [1, 0, 1, 0, 0, 0], "I17"),
        (Guard::SealOfGeneration, [2, 1, 0, 0, 0, 0], "I17"),
        (Guard::LoadedGeneration, [2, 0, 0, 0, 0, 0], "I17"),
    ];
    for (guard, bound, invariant) in cases {
        let report = visit(Guards::without(guard), Bound::all(bound));
        let found: Vec<&str> = report.violated.iter().map(|(property, _)| *property).collect();
        let named = found.iter().any(|property| property.starts_with(invariant));
        assert!(named, "{guard}: {found:?}");
    }
}
