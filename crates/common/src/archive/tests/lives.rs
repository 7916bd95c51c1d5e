use super::*;
use crate::placement::samples::life;

#[test]
fn lives_follow_each_other() {
    let (first, second, third) = (life(1, 1), life(1, 2), life(1, 3));
    let cases = [
        ("nobody was met", None, second, true, false),
        ("the same", Some(&second), second, false, false),
        ("a later one", Some(&second), third, true, false),
        ("an earlier one", Some(&second), first, false, true),
    ];
    for (case, current, named, is_met, is_closed) in cases {
        assert_eq!(meets(current, &named), is_met, "{case}");
        assert_eq!(closed(current, &named), is_closed, "{case}");
    }
}

#[test]
fn a_restored_archive_begins_anew() {
    let written = life(7, 2);
    let cases = [
        ("first start", None, (7, 1), Identity::New),
        ("it goes on", Some(&written), (7, 2), Identity::Same),
        ("promoted", Some(&written), (7, 3), Identity::New),
        ("another cluster", Some(&written), (8, 2), Identity::New),
    ];
    for (case, written, server, expected) in cases {
        assert_eq!(after_start(written, server, Guards::ALL), expected, "{case}");
    }
    let without = Guards::without(Guard::ArchiveRecovers);
    assert_eq!(after_start(Some(&written), (7, 3), without), Identity::Same);
}
