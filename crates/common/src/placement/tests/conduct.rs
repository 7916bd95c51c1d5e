use super::*;
use crate::ids::Revision;
use crate::placement::samples::{draining, life, name, resting};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(10_000 + ms)
}

fn target() -> Target {
    (name("backup-1"), life(2, 1))
}

fn goal(ms: i64, drop_sessions: bool, abort: Option<bool>) -> Goal {
    Goal { finish_at: at(ms), drop_sessions, abort }
}

#[test]
fn what_an_order_begins() {
    let (target_name, incarnation) = target();
    let drain = Step::Drain { target: target_name.clone(), incarnation };
    let force = Step::Force { target: target_name, incarnation, drop_sessions: true };
    let (d, r) = (draining(), resting());
    let cases = [
        ("planned", Order::Planned(target(), 900), &r, Some(&drain), Some(goal(900, false, None))),
        ("urgent", Order::Urgent(target(), true), &r, Some(&drain), Some(goal(0, true, None))),
        ("forced", Order::Forced(target(), true), &r, Some(&force), None),
        ("abort", Order::Abort(true), &d, None, Some(goal(0, false, Some(true)))),
        ("abort of nothing", Order::Abort(true), &r, None, None),
    ];
    for (case, order, row, step, goal) in cases {
        assert_eq!(begin(order, row, at(0)), (step.cloned(), goal), "{case}");
    }
}

#[test]
fn the_next_step_in_order_of_precedence() {
    let (d, r) = (draining(), resting());
    let finish = |drop_sessions| Next {
        seal: (name("client-1"), Generation(5)),
        step: Step::Finish { drop_sessions },
    };
    let abort = |cut| Next { seal: (name("backup-1"), Generation(6)), step: Step::Abort { cut } };
    let cases = [
        ("nothing drains", &r, Some(goal(0, false, None)), 9_000, None),
        ("another's move", &d, None, 4_999, None),
        ("another's move, left", &d, None, 5_000, Some(finish(false))),
        ("sessions are kept yet", &d, Some(goal(1, false, None)), 9_000, None),
        ("ours is due", &d, Some(goal(0, false, None)), 0, Some(finish(false))),
        ("sessions dropped", &d, Some(goal(0, true, None)), 0, Some(finish(true))),
        ("given up", &d, Some(goal(0, true, Some(false))), 0, Some(abort(false))),
        ("given up, the target is dead", &d, Some(goal(0, true, Some(true))), 0, Some(abort(true))),
    ];
    for (case, row, goal, unchanged_ms, expected) in cases {
        assert_eq!(conduct(row, goal, unchanged_ms, at(0)), expected, "{case}");
    }
}

#[test]
fn a_planned_move_ends_with_the_last_session_or_at_its_deadline() {
    let cases = [(Some(0), at(5)), (Some(1), at(900)), (None, at(900))];
    for (sessions, expected) in cases {
        assert_eq!(closes_at(at(900), sessions, at(5)), expected, "{sessions:?}");
    }
}

#[test]
fn what_a_router_learns_and_when_it_is_done() {
    let newer = Placement { revision: Revision(10), ..draining() };
    let (old, known, new) = (life(9, 1), life(9, 2), life(9, 3));
    let cases = [
        ("the first", None, known, &newer, true),
        ("the same life", Some(&known), known, &newer, true),
        ("a later life", Some(&known), new, &newer, true),
        ("a life that is over", Some(&known), old, &newer, false),
        ("nothing newer", Some(&known), new, &draining(), false),
    ];
    for (case, known, answering, row, expected) in cases {
        assert_eq!(learns(known, &answering, &draining(), row), expected, "{case}");
    }
    assert!(reached(&resting()) && !reached(&draining()));
    assert!(gives_up(Refused::TargetChanged));
    assert!(!gives_up(Refused::NotSealed) && !gives_up(Refused::Passed));
}
