use super::*;
use crate::guards::Guard;
use crate::placement::samples::{name, resting};

#[test]
fn when_the_worker_runs() {
    let without = Guards::without(Guard::Quarantine);
    let cases = [
        (Phase::Quarantined, false, Guards::ALL, false),
        (Phase::CatchingUp, false, Guards::ALL, false),
        (Phase::Alone, false, Guards::ALL, true),
        (Phase::Serving, false, Guards::ALL, true),
        (Phase::Serving, true, Guards::ALL, false),
        (Phase::Quarantined, false, without, true),
        (Phase::Quarantined, true, without, false),
    ];
    for (phase, outlived, guards, expected) in cases {
        assert_eq!(runs(phase, outlived, guards), expected, "{phase:?} {outlived}");
    }
}

#[test]
fn who_is_driven_in_order_of_precedence() {
    let (me, row) = (name("client-1"), resting());
    let (serve, load) = (Access::Serve(Generation(5)), Access::Load(Generation(5)));
    let elsewhere = Access::Elsewhere(name("backup-1"));
    let waiting = Waiting {
        me: &me,
        phase: Phase::Serving,
        access: &serve,
        row: &row,
        loaded: Some(Generation(3)),
        fenced: true,
        verified: false,
    };
    let alone = Waiting { phase: Phase::Alone, ..waiting.clone() };
    let with = |access| Waiting { access, ..waiting.clone() };
    let quarantined = |access| Waiting { phase: Phase::Quarantined, ..with(access) };
    let cases = [
        ("served here", waiting.clone(), Some(5)),
        ("served elsewhere", with(&elsewhere), None),
        ("to be loaded first", with(&load), None),
        ("sealed", with(&Access::Sealed), None),
        ("a newer fence", with(&Access::Superseded), None),
        ("alone, not verified", alone.clone(), None),
        ("alone, verified", Waiting { verified: true, ..alone }, Some(5)),
        ("loaded too long ago", Waiting { loaded: Some(Generation(2)), ..waiting.clone() }, None),
        ("not fenced", Waiting { fenced: false, ..waiting.clone() }, None),
        ("without quarantine, whoever serves", quarantined(&elsewhere), Some(5)),
        ("… and not loaded", quarantined(&load), Some(5)),
        ("… but not sealed", quarantined(&Access::Sealed), None),
    ];
    for (case, waiting, expected) in cases {
        assert_eq!(drives(&waiting, Guards::ALL), expected.map(Generation), "{case}");
    }
}
