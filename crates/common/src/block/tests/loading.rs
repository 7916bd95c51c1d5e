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
fn whoever_ordered_on_an_older_view_looks_again() {
    let cases = [
        ("a complete view", None, true, false),
        ("as of, and nothing new", Some(2), false, false),
        ("as of, and fenced since", Some(2), true, true),
        ("as of, and loaded since", Some(1), false, true),
    ];
    for (case, seen, fenced, expected) in cases {
        let seen = seen.map(Generation);
        assert_eq!(look_again(seen, Generation(2), fenced), expected, "{case}");
    }
}
