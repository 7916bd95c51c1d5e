use super::*;

#[test]
fn what_of_the_log_is_joined() {
    let under = |g| Some(Generation(g));
    let told = |late, asked| Verdict { late, serving: Generation(7), asked };
    let joined = |late, asked| Some(Join { late, asked });
    let (on_time, late) = (Lateness::OnTime, Lateness::Slice);
    let all = Guards::ALL;
    let kept = Guards::without(Guard::AskedJoinsWriter);
    let cases = [
        ("another's", false, told(on_time, None), all, joined(None, None)),
        ("another's, late", false, told(late, None), all, joined(under(7), None)),
        ("another's, asked", false, told(late, under(6)), all, joined(under(7), under(6))),
        ("our own", true, told(on_time, None), all, None),
        ("our own, late", true, told(late, None), all, joined(under(7), None)),
        ("our own, asked", true, told(on_time, under(6)), all, joined(None, under(6))),
        ("… kept by its writer", true, told(on_time, under(6)), kept, joined(None, None)),
        ("another's, all the same", false, told(late, under(6)), kept, {
            joined(under(7), under(6))
        }),
    ];
    for (case, own, verdict, guards, expected) in cases {
        assert_eq!(join(own, &verdict, guards), expected, "{case}");
    }
}

#[test]
fn what_is_open_is_adopted() {
    for state in OperationState::ALL {
        assert_eq!(adopts(state, Guards::ALL), !state.is_final(), "{state}");
        assert!(!adopts(state, Guards::without(Guard::AdoptAbsent)), "{state}");
    }
}

#[test]
fn the_same_slices_by_the_same_rows() {
    let row = |slice, revision| (slice, Revision(revision));
    let cases = [
        ("nothing", vec![], vec![], true),
        ("the same", vec![row(1, 5), row(2, 7)], vec![row(2, 7), row(1, 5)], true),
        ("ours is older", vec![row(1, 4)], vec![row(1, 5)], false),
        ("not ours any more", vec![row(1, 5), row(2, 7)], vec![row(1, 5)], false),
        ("ours, and we do not know", vec![], vec![row(1, 5)], false),
    ];
    for (case, ours, told, expected) in cases {
        assert_eq!(agree(&ours, &told), expected, "{case}");
    }
}
