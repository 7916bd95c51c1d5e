use proptest::prelude::*;

use super::*;

fn version(state: OperationState, generation: u64, version: u64) -> Version {
    let generation = Generation(generation);
    Version { state, generation, version, payload: [0; 32], marks: Marks::default() }
}

fn marked(version: Version, marks: Marks) -> Version {
    Version { marks, ..version }
}

const NEVER: Asked = Asked { asked: Generation(0), answered: Generation(0) };

const CANCEL: Marks = Marks {
    cancel_requested: true,
    asked: NEVER,
    cancel_asked: NEVER,
    unfenced: false,
    conflict: false,
};

fn states() -> impl Strategy<Value = OperationState> {
    proptest::sample::select(&OperationState::ALL[..])
}

fn asked() -> impl Strategy<Value = Asked> {
    (0..4_u64, 0..4_u64).prop_map(|(asked, answered)| Asked {
        asked: Generation(asked),
        answered: Generation(answered),
    })
}

fn marks() -> impl Strategy<Value = Marks> {
    (any::<bool>(), asked(), asked(), any::<bool>(), any::<bool>()).prop_map(
        |(cancel_requested, asked, cancel_asked, unfenced, conflict)| Marks {
            cancel_requested,
            asked,
            cancel_asked,
            unfenced,
            conflict,
        },
    )
}

/// Versions as they are written: the payload's hash covers the state, so that equal payloads are
/// of equal states. Few values, so that keys often meet.
fn versions() -> impl Strategy<Value = Version> {
    (states(), 0..3_u64, 0..3_u64, 0..2_u8, marks()).prop_map(
        |(state, generation, number, variant, marks)| {
            let mut payload = [0; 32];
            payload[0] = state as u8;
            payload[1] = variant;
            Version { state, generation: Generation(generation), version: number, payload, marks }
        },
    )
}

fn both(a: &Version, b: &Version) -> Version {
    join(a, b)
}

fn late(mine: &Version, theirs: &Version, serving: u64) -> Version {
    join_late(Some(mine), theirs, Generation(serving))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_join_is_commutative(a in versions(), b in versions()) {
        prop_assert_eq!(both(&a, &b), both(&b, &a));
    }

    #[test]
    fn the_join_is_associative(a in versions(), b in versions(), c in versions()) {
        prop_assert_eq!(both(&both(&a, &b), &c), both(&a, &both(&b, &c)));
    }

    #[test]
    fn the_join_is_idempotent(a in versions(), b in versions()) {
        prop_assert_eq!(both(&a, &a), a);
        prop_assert_eq!(both(&both(&a, &b), &b), both(&a, &b));
    }

    /// I8.
    #[test]
    fn the_join_never_falls(a in versions(), b in versions()) {
        let joined = both(&a, &b);
        prop_assert!(joined.state.rank() >= a.state.rank().max(b.state.rank()));
        prop_assert!(joined.marks.cancel_requested >= a.marks.cancel_requested);
        prop_assert!(joined.marks.unfenced >= a.marks.unfenced);
        prop_assert!(joined.marks.conflict >= a.marks.conflict);
        prop_assert!(joined.marks.asked.asked >= a.marks.asked.asked);
        prop_assert!(joined.marks.asked.answered >= a.marks.asked.answered);
        prop_assert!(joined.marks.cancel_asked.asked >= a.marks.cancel_asked.asked);
        prop_assert!(joined.marks.cancel_asked.answered >= a.marks.cancel_asked.answered);
    }

    /// What came late may come before or after anything else, late or not.
    #[test]
    fn a_late_join_commutes(
        a in versions(), b in versions(), c in versions(), s in 0..4_u64, t in 0..4_u64,
    ) {
        prop_assert_eq!(late(&both(&a, &b), &c, s), both(&late(&a, &c, s), &b));
        prop_assert_eq!(late(&late(&a, &b, s), &c, t), late(&late(&a, &c, t), &b, s));
    }

    /// I6: a late wish to cancel is obeyed or asked about, whatever else he has answered before,
    /// until that question was put to him and answered.
    #[test]
    fn a_late_wish_is_never_dropped(a in versions(), b in versions(), sent in any::<bool>()) {
        let state = if sent { OperationState::Sent } else { OperationState::Pending };
        let wish = Version { state, marks: Marks { cancel_requested: true, ..b.marks }, ..b };
        let kept = |joined: Version| {
            joined.marks.cancel_requested || joined.marks.questioned()
        };
        prop_assert!(kept(late(&a, &wish, 4)));
        let put = a.marks.cancel_asked.in_force();
        let told = Version { marks: a.marks.answered_under(Generation(9)), ..a };
        prop_assert!(put || kept(late(&told, &wish, 4)), "he has answered something else");
        let told = late(&a, &wish, 4).marks.answered_under(Generation(9));
        prop_assert!(!told.questioned(), "once it was put, an answer ends it");
    }

    /// I8, and the customer's own wish to cancel is not undone by what somebody wrote late.
    #[test]
    fn a_late_join_never_falls(a in versions(), b in versions(), serving in 0..4_u64) {
        let joined = late(&a, &b, serving);
        prop_assert!(joined.state.rank() >= a.state.rank().max(b.state.rank()));
        prop_assert!(joined.marks.cancel_requested >= a.marks.cancel_requested);
        if a.state.is_final() && joined.state != a.state {
            prop_assert!(joined.marks.conflict, "another end is a conflict, for a person");
        }
        let alone = join_late(None, &b, Generation(serving));
        prop_assert_eq!(alone.state, b.state);
    }

    #[test]
    fn the_mark_asked_joins_by_maximum(a in asked(), b in asked(), c in asked()) {
        prop_assert_eq!(a.join(b), b.join(a));
        prop_assert_eq!(a.join(b).join(c), a.join(b.join(c)));
        prop_assert_eq!(a.join(a), a);
    }
}

#[test]
fn rank_then_generation_then_version_then_payload() {
    use OperationState::{Executed, Pending, Sent};
    let larger = Version { payload: [1; 32], ..version(Pending, 1, 1) };
    let ascending = [
        ("version", version(Pending, 1, 1), version(Pending, 1, 2)),
        ("generation beats version", version(Pending, 1, 9), version(Pending, 2, 1)),
        ("rank beats generation", version(Pending, 9, 9), version(Sent, 1, 1)),
        ("final beats sent", version(Sent, 9, 9), version(Executed, 1, 1)),
        ("equal keys: the larger payload", version(Pending, 1, 1), larger),
    ];
    for (case, lower, higher) in ascending {
        assert_eq!(both(&lower, &higher), higher, "{case}");
        assert_eq!(both(&higher, &lower), higher, "{case}, the other way round");
    }
}

#[test]
fn two_ends_are_a_conflict() {
    let executed = version(OperationState::Executed, 1, 1);
    let cancelled = version(OperationState::Cancelled, 2, 1);
    assert!(both(&executed, &cancelled).marks.conflict);
    let again = version(OperationState::Executed, 2, 1);
    assert!(!both(&executed, &again).marks.conflict, "the same end twice is none");
}

#[test]
fn a_late_wish_to_cancel_is_asked_about() {
    use OperationState::{Cancelled, Pending};
    let plain = version(Pending, 1, 1);
    let wish = marked(version(Pending, 1, 2), CANCEL);
    let ended = marked(version(Cancelled, 1, 2), CANCEL);
    let by = |mine: Option<&Version>, theirs: &Version| {
        let joined = join_late(mine, theirs, Generation(3));
        (joined.marks.cancel_requested, joined.marks.questioned())
    };
    let cases = [
        ("new here", Some(&plain), &wish, (false, true)),
        ("of an operation that is new here", None, &wish, (false, true)),
        ("known here already", Some(&wish), &wish, (true, false)),
        ("the gateway has ended it", Some(&plain), &ended, (true, false)),
        ("nobody wants to cancel", Some(&plain), &plain, (false, false)),
    ];
    for (case, mine, theirs, expected) in cases {
        assert_eq!(by(mine, theirs), expected, "{case}");
    }
    let answered = Asked { asked: Generation(3), answered: Generation(3) };
    let other = marked(plain, Marks { asked: answered, ..Marks::default() });
    assert_eq!(by(Some(&other), &wish), (false, true), "he has answered another question");
    let told = marked(plain, Marks { cancel_asked: answered, ..Marks::default() });
    assert_eq!(by(Some(&told), &wish), (false, false), "he has answered this one");
}

#[test]
fn what_is_ordered_unfenced_says_so() {
    assert!(Marks::ordered(false, Guards::ALL).unfenced);
    assert!(!Marks::ordered(true, Guards::ALL).unfenced);
}

#[test]
fn what_a_customer_says_of_an_operation() {
    let asked_under = |generation| Asked::default().because_of(Generation(generation));
    let marks = Marks { asked: asked_under(6), ..Marks::default() };
    let shown_older = Marks { asked: asked_under(5), ..Marks::default() };
    let cases = [
        ("cancel", marks.cancelled(Generation(6)), false, true),
        ("yes", marks.answered(true, &marks), false, false),
        ("no", marks.answered(false, &marks), false, true),
        ("yes, asked again since", marks.answered(true, &shown_older), true, false),
        ("cancelled, then yes", marks.cancelled(Generation(6)).answered(true, &marks), false, true),
    ];
    for (case, marks, in_force, cancelled) in cases {
        assert_eq!(marks.asked.in_force(), in_force, "{case}");
        assert_eq!(marks.cancel_requested, cancelled, "{case}");
    }
}
