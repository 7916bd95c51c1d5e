use super::*;

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
