use super::*;

#[test]
fn the_steps_of_a_load_in_their_order() {
    let come = Come::default();
    let permitted = Come { permission: true, ..come };
    let journal = Come { journal: true, ..permitted };
    let away = Come { gateway_away: true, ..permitted };
    let again = Come { loaded_before: true, ..permitted };
    let unasked = Come { permission: false, entities: true, journal: true, ..come };
    let both = Come { entities: true, ..journal };
    let early = Come { entities: true, ..permitted };
    let cases = [
        ("nothing yet", come, Step::Permission),
        ("nothing counts without permission", unasked, Step::Permission),
        ("permitted", permitted, Step::Journal),
        ("the journal comes before the entities", early, Step::Journal),
        ("loaded before: the journal again", again, Step::Journal),
        ("fenced", journal, Step::Entities),
        ("the gateway is away", away, Step::Entities),
        ("everything", both, Step::Join),
        ("everything but the gateway", Come { entities: true, ..away }, Step::Join),
    ];
    for (case, come, expected) in cases {
        assert_eq!(next(&come, Guards::ALL), expected, "{case}");
    }
    let spared = Guards::without(Guard::JournalEachLoad);
    assert_eq!(next(&again, spared), Step::Entities);
    assert_eq!(next(&permitted, spared), Step::Journal, "the first load asks even then");
}

#[test]
fn only_who_is_loaded_and_fenced_is_executed_for() {
    let cases = [
        ("loaded and fenced", Some(5), true, true),
        ("loaded under a newer one", Some(6), true, true),
        ("loaded before somebody else served", Some(4), true, false),
        ("never loaded", None, true, false),
        ("not fenced", Some(5), false, false),
    ];
    for (case, loaded, fenced, expected) in cases {
        let loaded = loaded.map(Generation);
        assert_eq!(may_execute(loaded, Generation(5), fenced), expected, "{case}");
    }
}

#[test]
fn what_a_load_waits_for_and_what_becomes_of_it() {
    let come = Come { permission: true, ..Come::default() };
    let answered = Come { journal: true, ..come };
    let away = Come { gateway_away: true, ..come };
    let at_last = Come { gateway_away: true, ..answered };
    let cases = [
        ("not asked yet", Come::default(), 2_001, false, true),
        ("asked", come, 2_000, false, true),
        ("asked long ago", come, 2_001, true, true),
        ("answered", answered, 2_001, false, true),
        ("given up", away, 2_001, true, false),
        ("given up, and answered then", at_last, 2_001, false, true),
    ];
    for (case, come, waited, is_away, is_fenced) in cases {
        assert_eq!(gateway_away(&come, waited), is_away, "{case}");
        assert_eq!(fenced(&come), is_fenced, "{case}");
    }
}

#[test]
fn a_load_is_wanted_while_its_generation_is_ours() {
    let six = Generation(6);
    let cases = [
        ("to be loaded", Access::Load(six), true),
        ("as target", Access::AskFor(six), true),
        ("served already", Access::Serve(six), true),
        ("under another generation", Access::Load(Generation(7)), false),
        ("sealed", Access::Sealed, false),
        ("superseded", Access::Superseded, false),
    ];
    for (case, access, expected) in cases {
        assert_eq!(still_wanted(&access, six), expected, "{case}");
    }
    assert!(answer_counts(Revision(9), Revision(9)));
    assert!(answer_counts(Revision(10), Revision(9)));
    assert!(!answer_counts(Revision(8), Revision(9)));
}

#[test]
fn a_hint_permits_nothing_and_a_load_replaces_nothing() {
    assert!(!told_is_enough(Guards::ALL));
    assert!(told_is_enough(Guards::without(Guard::DurableHandOver)));
    assert_eq!(taking(Guards::ALL), Taking::Join);
    assert_eq!(taking(Guards::without(Guard::JoinNotCopy)), Taking::Replace);
}
