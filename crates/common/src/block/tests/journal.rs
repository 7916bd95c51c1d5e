use super::*;
use crate::archive::asked::Asked;
use crate::placement::samples::name;

const LOADED: Generation = Generation(6);

fn version(state: OperationState, generation: u64, asked: u64, unfenced: bool) -> Version {
    let asked = Asked::default().because_of(Generation(asked));
    let marks = Marks { asked, unfenced, ..Marks::default() };
    Version { state, generation: Generation(generation), version: 1, payload: [0; 32], marks }
}

#[test]
fn what_an_entry_makes_of_our_operation() {
    use OperationState::{Executed, Pending, Rejected, Sent};
    let ours = |state, asked| Some(version(state, 5, asked, false));
    let taken = |state, asked| {
        let asked = Asked { asked: Generation(asked), answered: LOADED };
        Some(Taken { state, marks: Marks { asked, ..Marks::default() } })
    };
    let cases = [
        ("unknown here", None, Executed, taken(Executed, 0)),
        ("ended here, whatever it says", ours(Rejected, 0), Executed, None),
        ("ended there", ours(Pending, 0), Executed, taken(Executed, 0)),
        ("begun there", ours(Pending, 0), Sent, taken(Sent, 0)),
        ("known to have begun", ours(Sent, 0), Sent, None),
        ("begun, and asked about: moot", ours(Sent, 5), Sent, taken(Sent, 5)),
    ];
    for (case, known, state, expected) in cases {
        let entry = version(state, 4, 0, false);
        assert_eq!(take(known.as_ref(), &entry, LOADED), expected, "{case}");
    }
}

#[test]
fn who_could_not_see_an_effect_is_asked() {
    use OperationState::{Executed, Pending};
    let effect = |generation, known_at_load| {
        vec![Effect { generation: Generation(generation), known_at_load }]
    };
    let cases = [
        ("no effect", version(Pending, 6, 0, true), vec![], false),
        ("one from before", version(Pending, 6, 0, true), effect(5, false), true),
        ("… that he was shown", version(Pending, 6, 0, true), effect(5, true), false),
        ("… that he was shown, later", version(Pending, 5, 0, true), effect(4, true), true),
        ("one under his own generation", version(Pending, 6, 0, true), effect(6, false), false),
        ("ordered when fenced", version(Pending, 6, 0, false), effect(5, false), false),
        ("ended", version(Executed, 6, 0, true), effect(5, false), false),
    ];
    for (case, mine, effects, expected) in cases {
        assert_eq!(asks(&mine, &effects, LOADED), expected, "{case}");
    }
}

#[test]
fn a_late_journal_counts_for_whom_it_was_missing() {
    let cases = [
        ("served, unfenced", Access::Serve(LOADED), false, true),
        ("served, fenced", Access::Serve(LOADED), true, false),
        ("served under another generation", Access::Serve(Generation(7)), false, false),
        ("closed meanwhile", Access::Sealed, false, false),
        ("elsewhere", Access::Elsewhere(name("backup-1")), false, false),
    ];
    for (case, access, fenced, expected) in cases {
        assert_eq!(counts(&access, LOADED, fenced), expected, "{case}");
    }
}

#[test]
fn open_transactions_end_and_what_is_under_way_is_an_effect() {
    assert!(ends_transactions(Guards::ALL));
    assert!(!ends_transactions(Guards::without(Guard::JournalEndsTransactions)));
    for state in OperationState::ALL {
        let effect = matches!(state, OperationState::Executed | OperationState::Sent);
        assert_eq!(is_effect(state), effect, "{state}");
    }
}
