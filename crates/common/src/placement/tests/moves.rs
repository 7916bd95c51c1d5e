use super::*;
use crate::guards::Guard;
use crate::placement::samples::{life, name};
use crate::placement::slice::SliceId;

fn home() -> BlockName {
    name("client-1")
}

fn backup() -> BlockName {
    name("backup-1")
}

/// The home's database, in its first life.
const HOME: u64 = 1;
/// The backup's.
const BACKUP: u64 = 2;

fn active() -> Placement {
    let slice = SliceId::try_from(0).unwrap();
    let first = Placement::first(home(), slice, "test");
    Placement { owner_incarnation: Some(life(HOME, 1)), ..first }
}

fn draining() -> Placement {
    Placement {
        state: PlacementState::Draining,
        target: Some(backup()),
        target_incarnation: Some(life(BACKUP, 1)),
        target_generation: Some(Generation(2)),
        revision: Revision(2),
        ..active()
    }
}

fn moved() -> Placement {
    Placement {
        owner: backup(),
        owner_incarnation: Some(life(BACKUP, 1)),
        owner_since: Generation(2),
        generation: Generation(2),
        state: PlacementState::Moved,
        revision: Revision(3),
        ..active()
    }
}

fn returning() -> Placement {
    Placement {
        generation: Generation(3),
        owner_since: Generation(3),
        state: PlacementState::Returning,
        revision: Revision(4),
        ..active()
    }
}

fn seal(block: BlockName, incarnation: Incarnation, generation: u64) -> Seal {
    Seal { block, incarnation, generation: Generation(generation), voided: false }
}

fn owners() -> Seal {
    seal(home(), life(HOME, 1), 1)
}

fn targets() -> Seal {
    seal(backup(), life(BACKUP, 1), 2)
}

fn drain_to(target: BlockName) -> Step {
    Step::Drain { target, incarnation: life(BACKUP, 1) }
}

fn force_to(target: BlockName, drop_sessions: bool) -> Step {
    Step::Force { target, incarnation: life(BACKUP, 1), drop_sessions }
}

const FINISH: Step = Step::Finish { drop_sessions: false };
const ABORT: Step = Step::Abort { cut: false };
const ABORT_CUT: Step = Step::Abort { cut: true };

fn asked(row: &Placement, step: Step, from: Option<(BlockName, Incarnation)>) -> Proposal {
    Proposal {
        expected: row.revision,
        step,
        from,
        reason: "because".to_owned(),
        decided_by: "somebody".to_owned(),
    }
}

fn refused(
    row: &Placement,
    at: &AtArchive<'_>,
    step: Step,
    from: Option<(BlockName, u64, u32)>,
) -> Refused {
    let from = from.map(|(block, system, timeline)| (block, life(system, timeline)));
    propose(row, at, &asked(row, step, from), Guards::ALL).unwrap_err()
}

fn taken(
    row: &Placement,
    at: &AtArchive<'_>,
    step: Step,
    from: Option<(BlockName, u64, u32)>,
) -> Placement {
    let from = from.map(|(block, system, timeline)| (block, life(system, timeline)));
    propose(row, at, &asked(row, step, from), Guards::ALL).unwrap()
}

#[test]
fn recovering_and_a_passed_revision_refuse_before_anything_else() {
    let recovering = AtArchive { recovering: true, ..AtArchive::default() };
    let early = Proposal { expected: Revision(1), ..asked(&draining(), Step::Settle, None) };
    let later = Proposal { expected: Revision(3), ..early.clone() };
    let cases = [
        ("recovering", &recovering, &early, Refused::Recovering),
        ("decided on an older row", &AtArchive::default(), &early, Refused::Passed),
        ("decided on a newer row", &AtArchive::default(), &later, Refused::Passed),
    ];
    for (case, at, proposal, expected) in cases {
        assert_eq!(propose(&draining(), at, proposal, Guards::ALL), Err(expected), "{case}");
    }
    let unguarded = propose(
        &active(),
        &AtArchive::default(),
        &Proposal { expected: Revision(9), ..asked(&active(), drain_to(backup()), None) },
        Guards::without(Guard::Revision),
    );
    assert_eq!(unguarded.unwrap().revision, Revision(2), "one above the row, not the proposal");
}

#[test]
fn drain_in_order_of_precedence() {
    let at = AtArchive::default();
    let cases = [
        ("under way", draining(), drain_to(backup()), Refused::State),
        ("the home has not joined yet", returning(), drain_to(backup()), Refused::State),
        ("state beats target", returning(), drain_to(home()), Refused::State),
        ("to the owner", active(), drain_to(home()), Refused::TargetOwns),
        ("to the owner, a backup", moved(), drain_to(backup()), Refused::TargetOwns),
    ];
    for (case, row, step, expected) in cases {
        assert_eq!(refused(&row, &at, step, None), expected, "{case}");
    }
    assert_eq!(
        taken(&active(), &at, drain_to(backup()), None),
        Placement { reason: "because".to_owned(), decided_by: "somebody".to_owned(), ..draining() }
    );
    let back = taken(&moved(), &at, drain_to(home()), None);
    assert_eq!(back.target_generation, Some(Generation(3)), "the next one, used by nobody");
    assert_eq!((back.generation, back.owner_since), (Generation(2), Generation(2)));
}

#[test]
fn finish_in_order_of_precedence() {
    let own = owners();
    let voided = Seal { voided: true, ..owners() };
    let older = Seal { generation: Generation(0), voided: true, ..owners() };
    let other_life = Seal { incarnation: life(HOME, 2), generation: Generation(0), ..owners() };
    let target_now = Some(life(BACKUP, 2));
    let at = |owner_seal| AtArchive { owner_seal, ..AtArchive::default() };
    let cases = [
        ("no drain", active(), at(Some(&own)), Refused::State),
        (
            "the target lives anew",
            draining(),
            AtArchive { target_now, ..at(None) },
            Refused::TargetChanged,
        ),
        ("no seal", draining(), at(None), Refused::NotSealed),
        ("of another life", draining(), at(Some(&other_life)), Refused::NotSealed),
        ("of another generation", draining(), at(Some(&older)), Refused::SealOfAnother),
        ("voided", draining(), at(Some(&voided)), Refused::SealVoided),
    ];
    for (case, row, at, expected) in cases {
        assert_eq!(refused(&row, &at, FINISH, None), expected, "{case}");
    }
    let done = taken(&draining(), &at(Some(&own)), FINISH, None);
    let expected =
        Placement { reason: "because".to_owned(), decided_by: "somebody".to_owned(), ..moved() };
    assert_eq!(done, expected);
    let same = AtArchive { target_now: Some(life(BACKUP, 1)), ..at(Some(&own)) };
    assert_eq!(taken(&draining(), &same, FINISH, None), expected);
    let dropped = taken(&draining(), &at(Some(&own)), Step::Finish { drop_sessions: true }, None);
    assert_eq!(dropped.sessions_from_generation, Generation(2));
}

#[test]
fn finishing_toward_the_home_is_returning() {
    let row = Placement {
        state: PlacementState::Draining,
        target: Some(home()),
        target_incarnation: Some(life(HOME, 1)),
        target_generation: Some(Generation(3)),
        ..moved()
    };
    let sealed = seal(backup(), life(BACKUP, 1), 2);
    let at = AtArchive { owner_seal: Some(&sealed), ..AtArchive::default() };
    let done = taken(&row, &at, FINISH, None);
    assert_eq!(done.state, PlacementState::Returning);
    assert_eq!((done.generation, done.owner_since), (Generation(3), Generation(3)));
    assert_eq!(done.owner_incarnation, Some(life(HOME, 1)));
}

#[test]
fn force_needs_nobody_and_passes_every_generation_by() {
    let at = AtArchive::default();
    assert_eq!(refused(&active(), &at, force_to(home(), false), None), Refused::TargetOwns);
    let done = taken(&active(), &at, force_to(backup(), false), None);
    assert_eq!((done.generation, done.state), (Generation(2), PlacementState::Moved));
    let done = taken(&draining(), &at, force_to(backup(), true), None);
    assert_eq!(done.generation, Generation(3), "above the one reserved for the drain");
    assert_eq!(done.owner_since, Generation(3));
    assert_eq!(done.sessions_from_generation, Generation(3));
    assert_eq!((done.target, done.target_generation), (None, None));
    let back = Step::Force { target: home(), incarnation: life(HOME, 2), drop_sessions: false };
    let done = taken(&moved(), &at, back, None);
    assert_eq!((done.state, done.generation), (PlacementState::Returning, Generation(3)));
    assert_eq!(done.owner_incarnation, Some(life(HOME, 2)));
}

#[test]
fn abort_in_order_of_precedence() {
    let voided = Seal { voided: true, ..targets() };
    let older = Seal { generation: Generation(1), voided: true, ..targets() };
    let other_life = Seal { incarnation: life(BACKUP, 2), ..targets() };
    let own = targets();
    let at = |target_seal| AtArchive { target_seal, ..AtArchive::default() };
    let cases = [
        ("no drain", active(), at(Some(&own)), ABORT, Refused::State),
        ("no drain, and a cut", moved(), at(None), ABORT_CUT, Refused::State),
        ("no seal", draining(), at(None), ABORT, Refused::NotSealed),
        ("of another life", draining(), at(Some(&other_life)), ABORT, Refused::NotSealed),
        ("of another generation", draining(), at(Some(&older)), ABORT, Refused::SealOfAnother),
        ("voided", draining(), at(Some(&voided)), ABORT, Refused::SealVoided),
    ];
    for (case, row, at, step, expected) in cases {
        assert_eq!(refused(&row, &at, step, None), expected, "{case}");
    }
    for (case, at, step) in [("sealed", at(Some(&own)), ABORT), ("cut", at(None), ABORT_CUT)] {
        let done = taken(&draining(), &at, step, None);
        assert_eq!((&done.owner, done.state), (&home(), PlacementState::Returning), "{case}");
        assert_eq!(done.generation, Generation(3), "{case}: above the target's");
        assert_eq!(done.owner_since, Generation(3), "{case}: everybody is loaded again");
        assert_eq!(
            (done.target, done.target_incarnation, done.target_generation),
            (None, None, None),
            "{case}"
        );
    }
    let back = Placement {
        state: PlacementState::Draining,
        target: Some(home()),
        target_generation: Some(Generation(3)),
        ..moved()
    };
    let done = taken(&back, &at(None), ABORT_CUT, None);
    assert_eq!((done.owner, done.state), (backup(), PlacementState::Moved));
    assert_eq!(done.generation, Generation(4));
}

#[test]
fn settle_in_order_of_precedence() {
    let at = AtArchive::default();
    let closed = AtArchive { asker_closed: true, ..AtArchive::default() };
    let me = || Some((home(), HOME, 1));
    let cases = [
        ("nobody asks", active(), &at, None, Refused::Asker),
        ("not returning", active(), &closed, me(), Refused::State),
        ("that life is over", returning(), &closed, me(), Refused::Asker),
        ("not the owner", returning(), &at, Some((backup(), BACKUP, 1)), Refused::Asker),
        (
            "not the life that the row means",
            returning(),
            &at,
            Some((home(), HOME, 2)),
            Refused::Asker,
        ),
    ];
    for (case, row, at, from, expected) in cases {
        assert_eq!(refused(&row, at, Step::Settle, from), expected, "{case}");
    }
    let done = taken(&returning(), &at, Step::Settle, me());
    assert_eq!(done.state, PlacementState::Active);
    assert_eq!((done.generation, done.owner_since), (Generation(3), Generation(3)));
    assert_eq!(done.revision, Revision(5));
}

#[test]
fn claim_in_order_of_precedence() {
    let at = AtArchive::default();
    let closed = AtArchive { asker_closed: true, ..AtArchive::default() };
    let cases = [
        ("nobody asks", active(), &at, None, Refused::Asker),
        ("that life is over too", active(), &closed, Some((home(), HOME, 2)), Refused::Asker),
        ("the life that the row means", active(), &at, Some((home(), HOME, 1)), Refused::Asker),
        ("an earlier one", active(), &at, Some((home(), HOME, 0)), Refused::Asker),
        ("neither owner nor target", active(), &at, Some((backup(), BACKUP, 2)), Refused::Asker),
        ("the target's same life", draining(), &at, Some((backup(), BACKUP, 1)), Refused::Asker),
    ];
    for (case, row, at, from, expected) in cases {
        assert_eq!(refused(&row, at, Step::Claim, from), expected, "{case}");
    }
    let owner = taken(&active(), &at, Step::Claim, Some((home(), HOME, 2)));
    assert_eq!((owner.generation, owner.owner_since), (Generation(2), Generation(2)));
    assert_eq!(
        (owner.owner_incarnation, owner.state),
        (Some(life(HOME, 2)), PlacementState::Returning)
    );
    let backups = taken(&moved(), &at, Step::Claim, Some((backup(), BACKUP, 2)));
    assert_eq!((backups.state, backups.generation), (PlacementState::Moved, Generation(3)));
    let nameless = Placement { owner_incarnation: None, ..active() };
    let first = taken(&nameless, &at, Step::Claim, Some((home(), HOME, 1)));
    assert_eq!(first.owner_incarnation, Some(life(HOME, 1)));
    for (from, who) in [((home(), HOME, 2), "owner"), ((backup(), BACKUP, 2), "target")] {
        let ended = taken(&draining(), &at, Step::Claim, Some(from));
        assert_eq!(ended.owner, home(), "{who}: the drain has ended at the owner");
        assert_eq!(ended.generation, Generation(3), "{who}: above the one reserved");
        assert_eq!((ended.target, ended.target_generation), (None, None), "{who}");
    }
}

/// Each guard closes what the table above refuses, or the generation it raises.
#[test]
fn without_its_guard_each_refusal_is_gone() {
    let voided = Seal { voided: true, ..owners() };
    let older = Seal { generation: Generation(0), ..owners() };
    let own = owners();
    let now = Some(life(BACKUP, 2));
    let at = |owner_seal| AtArchive { owner_seal, ..AtArchive::default() };
    let cases = [
        (Guard::SealNotVoided, at(Some(&voided))),
        (Guard::SealOfGeneration, at(Some(&older))),
        (Guard::TargetIncarnation, AtArchive { target_now: now, ..at(Some(&own)) }),
    ];
    for (guard, at) in cases {
        let proposal = asked(&draining(), FINISH, None);
        assert!(propose(&draining(), &at, &proposal, Guards::ALL).is_err(), "{guard}");
        assert!(propose(&draining(), &at, &proposal, Guards::without(guard)).is_ok(), "{guard}");
    }
    let same = Guards::without(Guard::TargetGeneration);
    let proposal = asked(&active(), drain_to(backup()), None);
    let row = propose(&active(), &AtArchive::default(), &proposal, same).unwrap();
    assert_eq!(row.target_generation, Some(row.generation));
    let same = Guards::without(Guard::IncarnationTakesGeneration);
    let proposal = asked(&active(), Step::Claim, Some((home(), life(HOME, 2))));
    let row = propose(&active(), &AtArchive::default(), &proposal, same).unwrap();
    assert_eq!(row.generation, Generation(1));
    let any = Guards::without(Guard::RowNamesIncarnation);
    assert!(!active().owned_by(&home(), &life(HOME, 2), Guards::ALL));
    assert!(active().owned_by(&home(), &life(HOME, 2), any));
    assert!(!draining().drains_to(&backup(), &life(BACKUP, 2), Guards::ALL));
    assert!(draining().drains_to(&backup(), &life(BACKUP, 2), any));
}

#[test]
fn unsealing_raises_the_revision_and_nothing_else() {
    let after = unsealed(&draining());
    assert_eq!(after, Placement { revision: Revision(3), ..draining() });
}

#[test]
fn the_highest_generation_includes_the_reserved_one() {
    assert_eq!(active().highest_generation(), Generation(1));
    assert_eq!(draining().highest_generation(), Generation(2));
}

/// Whatever is proposed, in whatever order: the revision rises by one, generations never fall, and
/// a generation that a step brings in was never issued before (I4).
#[test]
fn generations_are_never_issued_twice() {
    let own =
        |row: &Placement| seal(row.owner.clone(), row.owner_incarnation.unwrap(), row.generation.0);
    let mut rows = vec![active()];
    for _ in 0..5 {
        let mut next = Vec::new();
        for row in &rows {
            let sealed = own(row);
            let at = AtArchive { owner_seal: Some(&sealed), ..AtArchive::default() };
            let me = Some((row.owner.clone(), life(9, 9)));
            let steps = [
                drain_to(backup()),
                drain_to(home()),
                FINISH,
                force_to(backup(), false),
                force_to(home(), true),
                ABORT_CUT,
                Step::Settle,
                Step::Claim,
            ];
            for step in steps {
                let Ok(after) = propose(row, &at, &asked(row, step, me.clone()), Guards::ALL)
                else {
                    continue;
                };
                assert_eq!(after.revision.0, row.revision.0 + 1);
                assert!(after.generation >= row.generation && after.owner_since >= row.owner_since);
                assert!(after.owner_since <= after.generation);
                let reserved = row.target_generation == Some(after.generation);
                if after.generation != row.generation && !reserved {
                    assert!(after.generation > row.highest_generation());
                }
                if after.owner != row.owner {
                    assert_eq!(after.owner_since, after.generation);
                }
                next.push(after);
            }
        }
        next.dedup();
        rows = next;
    }
    assert!(rows.len() > 100);
}
