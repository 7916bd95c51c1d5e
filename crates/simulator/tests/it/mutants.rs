//! Every guard, taken away: one known seed for each in which that is noticed.

use common::guards::{Guard, Guards};
use simulator::run;

/// Guard and seed. `simulator --mutants 10000` finds new ones after a change.
const KNOWN: &[(Guard, u64)] = &[
    (Guard::FenceCheck, 33),
    (Guard::LookUpFirst, 12),
    (Guard::IntentHash, 24),
    (Guard::ValidUntil, 3),
    (Guard::Revision, 7),
    (Guard::TargetGeneration, 3),
    (Guard::SealBehindGate, 7_377),
    (Guard::DurableHandOver, 589),
    (Guard::BatchKept, 1),
    (Guard::NewIncarnation, 20),
    (Guard::KeptUntilAck, 0),
    (Guard::JournalFences, 5),
    (Guard::GatewayEnds, 3),
    (Guard::HashOfConfirmed, 1),
    (Guard::LoadedGeneration, 1),
    (Guard::LateSessionRevoked, 22),
    (Guard::LocksById, 433),
    (Guard::ArchiveRecovers, 20),
    (Guard::CursorByPosition, 494),
    (Guard::AdoptAbsent, 1),
    (Guard::Quarantine, 13),
    (Guard::JoinNotCopy, 123),
    (Guard::OneAutomaticMove, 33),
    (Guard::NoClockInKeys, 428),
    (Guard::TwoCompartments, 0),
    (Guard::AskedJoinsWriter, 64),
    (Guard::JournalEachLoad, 0),
    (Guard::IncarnationTakesGeneration, 15),
    (Guard::RowNamesIncarnation, 23),
    (Guard::VoidFenced, 13),
    (Guard::AdoptBehindGate, 8_770),
    (Guard::NoLooseningAfterHandOver, 157),
    (Guard::SealNotVoided, 961),
    (Guard::JudgeAfterRecovery, 2_295),
    (Guard::OldArchiveIgnored, 678),
    (Guard::SealOfGeneration, 610),
    (Guard::RecoveryRaisesRevision, 12),
    (Guard::RecoveryRaisesLoads, 625),
    (Guard::TargetIncarnation, 1_074),
    (Guard::UnfencedMark, 169),
    (Guard::JournalEndsTransactions, 1_001_088),
    (Guard::OwnCancelAsked, 13),
    (Guard::OwnOperationAsked, 4_772),
    (Guard::DedupeOutlivesOutage, 16),
    (Guard::TooOldLoadsAll, 2_000_399),
    (Guard::RawShowsAsOf, 487),
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
