use super::*;
use crate::placement::samples::{draining, life, name, resting};

fn found(identity: Identity, [register, claimed, exported, followed]: [bool; 4]) -> Found {
    Found {
        identity,
        register,
        claimed,
        exported,
        followed,
        archive_silent_ms: 5_000,
        patience_ms: 5_000,
    }
}

#[test]
fn phases_in_order_of_precedence() {
    use Identity::{New, Same};
    let impatient = Found { archive_silent_ms: 4_999, ..found(Same, [false; 4]) };
    let cases = [
        ("the same life, no archive", found(Same, [false, true, true, true]), Phase::Alone),
        ("… not for long yet", impatient, Phase::Quarantined),
        ("a new life, no archive", found(New, [false, true, true, true]), Phase::Quarantined),
        ("not claimed", found(New, [true, false, true, true]), Phase::Quarantined),
        ("claimed", found(New, [true, true, false, false]), Phase::CatchingUp),
        ("tail left", found(Same, [true, true, false, true]), Phase::CatchingUp),
        ("something to follow", found(Same, [true, true, true, false]), Phase::CatchingUp),
        ("all there", found(Same, [true, true, true, true]), Phase::Serving),
        ("all there, a new life", found(New, [true, true, true, true]), Phase::Serving),
    ];
    for (case, found, expected) in cases {
        assert_eq!(phase(&found), expected, "{case}");
    }
}

#[test]
fn what_runs_in_which_phase() {
    let cases = [
        (Phase::Quarantined, false, false),
        (Phase::CatchingUp, false, true),
        (Phase::Alone, false, true),
        (Phase::Serving, true, true),
    ];
    for (phase, workers, requests) in cases {
        assert_eq!(workers_run(phase, Guards::ALL), workers, "{phase:?}");
        assert_eq!(serves(phase), requests, "{phase:?}");
        assert!(workers_run(phase, Guards::without(Guard::Quarantine)), "{phase:?}");
    }
}

#[test]
fn a_phase_follows_the_one_before() {
    let nothing = found(Identity::New, [false; 4]);
    let claimed = found(Identity::New, [false, true, false, false]);
    let all = found(Identity::Same, [true; 4]);
    let cases = [
        ("at first", Phase::Quarantined, nothing, Phase::Quarantined),
        ("all there", Phase::Quarantined, all, Phase::Serving),
        ("serving goes on, whatever is found", Phase::Serving, nothing, Phase::Serving),
        ("what was claimed goes on", Phase::CatchingUp, claimed, Phase::CatchingUp),
        ("what was not begins again", Phase::CatchingUp, nothing, Phase::Quarantined),
        ("alone until the archive is back", Phase::Alone, all, Phase::Serving),
    ];
    for (case, before, found, expected) in cases {
        assert_eq!(advance(before, &found), expected, "{case}");
    }
}

#[test]
fn what_a_new_life_claims() {
    let (owned, drained) = (resting(), draining());
    let unnamed = Placement { owner_incarnation: None, ..resting() };
    let (home, backup) = ("client-1", "backup-1");
    let new = Identity::New;
    let cases = [
        ("what an earlier life owned", &owned, home, life(1, 2), new, true, true),
        ("what no life was named for", &unnamed, home, life(1, 1), new, true, true),
        ("its own already", &owned, home, life(1, 1), new, true, false),
        ("the drain toward an earlier life", &drained, backup, life(2, 2), new, true, true),
        ("another's", &owned, backup, life(2, 2), new, true, false),
        ("before the register was read", &owned, home, life(1, 2), new, false, false),
        ("the same life", &unnamed, home, life(1, 1), Identity::Same, true, false),
    ];
    for (case, row, me, life, identity, read, expected) in cases {
        assert_eq!(claims(row, (&name(me), &life), identity, read), expected, "{case}");
    }
    let me = name(home);
    let rows = [owned.clone(), Placement { owner: name(backup), ..resting() }];
    assert!(claimed(&rows, (&me, &life(1, 1)), Guards::ALL), "others' rows do not count");
    assert!(!claimed(&rows, (&me, &life(1, 2)), Guards::ALL));
}

#[test]
fn a_home_settles_what_it_has_joined() {
    let returning = Placement { state: PlacementState::Returning, ..resting() };
    let (joined, missing) = (vec![Some(3), Some(5)], vec![Some(3), Some(2)]);
    let never = vec![None, Some(5)];
    let serving = Phase::Serving;
    let cases = [
        ("everybody is joined", &returning, "client-1", serving, true, joined.clone(), true),
        ("nobody lives there", &returning, "client-1", serving, true, vec![], true),
        ("somebody is stale", &returning, "client-1", serving, true, missing, false),
        ("somebody is missing", &returning, "client-1", serving, true, never, false),
        ("not all is followed", &returning, "client-1", serving, false, joined.clone(), false),
        ("not serving", &returning, "client-1", Phase::CatchingUp, true, joined.clone(), false),
        ("not ours", &returning, "backup-1", serving, true, joined.clone(), false),
        ("not returning", &resting(), "client-1", serving, true, joined, false),
    ];
    for (case, row, me, phase, followed, loaded, expected) in cases {
        let loaded = loaded.into_iter().map(|loaded| loaded.map(Generation));
        assert_eq!(settles(row, &name(me), phase, followed, loaded), expected, "{case}");
    }
    for (phase, expected) in [
        (Phase::Quarantined, false),
        (Phase::Alone, false),
        (Phase::CatchingUp, true),
        (Phase::Serving, true),
    ] {
        assert_eq!(may_seal(phase), expected, "{phase:?}");
    }
}
