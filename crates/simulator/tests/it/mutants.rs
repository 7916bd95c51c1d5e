//! Every guard, taken away: one known seed for each in which that is noticed.

use common::guards::{Guard, Guards};
use simulator::run;

/// Guard and seed. `simulator --mutants 10000` finds new ones after a change.
const KNOWN: &[(Guard, u64)] = &[
    (Guard::FenceCheck, 9),
    (Guard::LookUpFirst, 11),
    (Guard::IntentHash, 6),
    (Guard::ValidUntil, 1),
    (Guard::Revision, 6),
    (Guard::TargetGeneration, 1),
    (Guard::SealBehindGate, 1_487),
    (Guard::DurableHandOver, 721),
    (Guard::BatchKept, 1),
    (Guard::NewIncarnation, 17),
    (Guard::KeptUntilAck, 0),
    (Guard::JournalFences, 2),
    (Guard::GatewayEnds, 1),
    (Guard::HashOfConfirmed, 0),
    (Guard::LoadedGeneration, 1),
    (Guard::LateSessionRevoked, 1_004),
    (Guard::LocksById, 187),
    (Guard::ArchiveRecovers, 20),
    (Guard::CursorByPosition, 1_683),
    (Guard::AdoptAbsent, 1),
    (Guard::Quarantine, 72),
    (Guard::JoinNotCopy, 290),
    (Guard::OneAutomaticMove, 72),
    (Guard::NoClockInKeys, 164),
    (Guard::TwoCompartments, 1),
    (Guard::AskedJoinsWriter, 17),
    (Guard::JournalEachLoad, 0),
    (Guard::IncarnationTakesGeneration, 15),
    (Guard::RowNamesIncarnation, 33),
    (Guard::VoidFenced, 62),
    (Guard::AdoptBehindGate, 4_156),
    (Guard::NoLooseningAfterHandOver, 98),
    (Guard::SealNotVoided, 2_696),
    (Guard::JudgeAfterRecovery, 2_295),
    (Guard::OldArchiveIgnored, 678),
    (Guard::SealOfGeneration, 49),
    (Guard::RecoveryRaisesRevision, 0),
    (Guard::RecoveryRaisesLoads, 625),
    (Guard::TargetIncarnation, 456),
    (Guard::UnfencedMark, 1_103),
    (Guard::JournalEndsTransactions, 411),
    (Guard::OwnCancelAsked, 1_219),
    (Guard::OwnOperationAsked, 3_969),
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
