//! Every guard, taken away: one known seed for each in which that is noticed.

use common::guards::{Guard, Guards};
use simulator::run;

/// Guard and seed. `simulator --mutants 10000` finds new ones after a change.
const KNOWN: &[(Guard, u64)] = &[
    (Guard::FenceCheck, 9),
    (Guard::LookUpFirst, 37),
    (Guard::IntentHash, 6),
    (Guard::ValidUntil, 2),
    (Guard::Revision, 1),
    (Guard::TargetGeneration, 3),
    (Guard::SealBehindGate, 60),
    (Guard::DurableHandOver, 132),
    (Guard::BatchKept, 1),
    (Guard::NewIncarnation, 18),
    (Guard::KeptUntilAck, 0),
    (Guard::JournalFences, 2),
    (Guard::GatewayEnds, 0),
    (Guard::HashOfConfirmed, 1),
    (Guard::LoadedGeneration, 1),
    (Guard::LateSessionRevoked, 485),
    (Guard::LocksById, 331),
    (Guard::ArchiveRecovers, 7),
    (Guard::CursorByPosition, 454),
    (Guard::AdoptAbsent, 2),
    (Guard::Quarantine, 13),
    (Guard::JoinNotCopy, 278),
    (Guard::OneAutomaticMove, 72),
    (Guard::NoClockInKeys, 95),
    (Guard::TwoCompartments, 1),
    (Guard::AskedJoinsWriter, 9),
    (Guard::JournalEachLoad, 1),
    (Guard::IncarnationTakesGeneration, 9),
    (Guard::RowNamesIncarnation, 35),
    (Guard::VoidFenced, 952),
    (Guard::AdoptBehindGate, 10_187),
    (Guard::NoLooseningAfterHandOver, 1_594),
    (Guard::SealNotVoided, 407),
    (Guard::JudgeAfterRecovery, 39),
    (Guard::OldArchiveIgnored, 373),
    (Guard::SealOfGeneration, 13),
    (Guard::RecoveryRaisesRevision, 0),
    (Guard::RecoveryRaisesLoads, 39),
    (Guard::TargetIncarnation, 532),
    (Guard::UnfencedMark, 1_024),
    (Guard::JournalEndsTransactions, 9_633),
    (Guard::OwnCancelAsked, 90),
    (Guard::OwnOperationAsked, 1_266),
];

#[test]
fn taking_a_guard_away_is_noticed() {
    for &(guard, seed) in KNOWN {
        let outcome = run::seed(seed, Guards::without(guard), false);
        assert!(outcome.violation.is_some(), "{guard} is not missed in seed {seed} any more");
        let with = run::seed(seed, Guards::ALL, false);
        assert!(
            with.violation.is_none(),
            "seed {seed} fails with all guards: {:?}",
            with.violation
        );
    }
}

#[test]
fn every_guard_has_a_seed() {
    for guard in Guard::ALL {
        assert!(KNOWN.iter().any(|(known, _)| known == guard), "no seed misses {guard}");
    }
}

#[test]
fn a_schedule_is_shortened_and_still_fails() {
    let (guard, seed) = KNOWN[0];
    let guards = Guards::without(guard);
    let Some((violation, _)) = run::seed(seed, guards, false).violation else {
        panic!("seed {seed} does not notice that {guard} is missing");
    };
    let whole = simulator::plan::Plan::of(seed);
    let short = run::shorten(seed, guards, violation.invariant);
    assert!(short.acts.len() < whole.acts.len());
    let again = run::plan(seed, short, guards, false);
    assert_eq!(again.violation.map(|(v, _)| v.invariant), Some(violation.invariant));
}
