use super::*;
use crate::ids::Revision;
use crate::placement::samples::{draining, life, name, resting};

fn owner() -> StreamId {
    StreamId { block: name("client-1"), incarnation: life(1, 1) }
}

fn seal(generation: u64, voided: bool) -> Seal {
    let StreamId { block, incarnation } = owner();
    Seal { block, incarnation, generation: Generation(generation), voided }
}

fn handed() -> HandedOver {
    HandedOver { to: name("backup-1"), generation: Generation(6) }
}

/// What the owner tells under `generation`, his last SEAL being this.
fn by_owner(told: Told<'_>, generation: u64, seal: Option<&Seal>, closed: bool) -> Judgement {
    let stream = owner();
    let generation = Generation(generation);
    let event = Arriving { stream: &stream, closed, generation, told, seal, handed: None };
    judge_event(&draining(), &event, Guards::ALL)
}

#[test]
fn what_an_event_does_in_order_of_precedence() {
    let (sealed, voided, handed) = (seal(5, false), seal(5, true), handed());
    let earlier = seal(4, false);
    let row = Placement { revision: Revision(10), ..draining() };
    let void = || Effect::Void(Box::new(row.clone()));
    let over = Told::HandOver(&handed);
    let cases = [
        ("a change, however late", Told::Change, 2, None, true, Effect::TakeIn),
        ("a change after a SEAL", Told::Change, 5, Some(&sealed), false, Effect::TakeIn),
        ("a late SEAL hides nothing", Told::Seal, 2, Some(&sealed), false, Effect::Nothing),
        ("a SEAL of a closed life", Told::Seal, 5, None, true, Effect::Nothing),
        ("a SEAL", Told::Seal, 5, None, false, Effect::Seal(sealed.clone())),
        ("a SEAL again", Told::Seal, 5, Some(&sealed), false, Effect::Seal(sealed.clone())),
        ("a late UNSEAL", Told::Unseal, 2, Some(&sealed), false, Effect::Nothing),
        ("an UNSEAL of nothing", Told::Unseal, 5, None, false, Effect::Nothing),
        ("… of an earlier SEAL", Told::Unseal, 5, Some(&earlier), false, Effect::Nothing),
        ("… of what is voided", Told::Unseal, 5, Some(&voided), false, Effect::Nothing),
        ("an UNSEAL voids and raises", Told::Unseal, 5, Some(&sealed), false, void()),
        ("a late hand-over", over, 2, None, false, Effect::Nothing),
        ("a hand-over", over, 5, None, false, Effect::HandOver(handed.clone())),
        ("… after its own SEAL", over, 5, Some(&sealed), false, Effect::HandOver(handed.clone())),
    ];
    for (case, told, generation, seal, closed, expected) in cases {
        assert_eq!(by_owner(told, generation, seal, closed).effect, expected, "{case}");
    }
}

#[test]
fn a_change_after_a_seal_is_late_and_the_seal_itself_is_not() {
    let sealed = seal(5, false);
    let cases = [
        ("a change", Told::Change, Some(&sealed), Lateness::Slice),
        ("a change before it", Told::Change, None, Lateness::OnTime),
        ("the SEAL again", Told::Seal, Some(&sealed), Lateness::OnTime),
        ("the UNSEAL", Told::Unseal, Some(&sealed), Lateness::OnTime),
    ];
    for (case, told, seal, expected) in cases {
        assert_eq!(by_owner(told, 5, seal, false).late, expected, "{case}");
    }
}

#[test]
fn the_target_serves_whom_it_was_handed() {
    let (stream, handed) = (owner(), handed());
    let cases = [
        ("handed over", draining(), Some(&handed), Told::Change, 6, Lateness::Customer),
        ("the hand-over again", draining(), Some(&handed), Told::HandOver(&handed), 5, {
            Lateness::OnTime
        }),
        ("not handed over", draining(), None, Told::Change, 5, Lateness::OnTime),
        ("the drain is over", resting(), Some(&handed), Told::Change, 5, Lateness::OnTime),
    ];
    for (case, row, handed, told, serving, late) in cases {
        let generation = Generation(5);
        let event =
            Arriving { stream: &stream, closed: false, generation, told, seal: None, handed };
        let judged = judge_event(&row, &event, Guards::ALL);
        assert_eq!((judged.serving, judged.late), (Generation(serving), late), "{case}");
    }
}
