use super::*;
use crate::guards::Guard;
use crate::placement::samples::life;

#[test]
fn a_later_life_begins_anew() {
    let (old, known, new) = (life(1, 1), life(1, 2), life(1, 3));
    let cases = [
        ("the first", None, known, Heard::First),
        ("the same", Some(&known), known, Heard::Known),
        ("a later one", Some(&known), new, Heard::Anew),
        ("an earlier one", Some(&known), old, Heard::Ignore),
    ];
    for (case, known, answering, expected) in cases {
        assert_eq!(heard(known, &answering, Guards::ALL), expected, "{case}");
    }
    let without = Guards::without(Guard::OldArchiveIgnored);
    assert_eq!(heard(Some(&known), &old, without), Heard::Known);
}

#[test]
fn only_the_present_life_has_acknowledged() {
    let (old, known) = (life(1, 1), life(1, 2));
    let cases = [
        ("nobody", None, Some(&known), false),
        ("nobody, and nobody known", None, None, false),
        ("an earlier life", Some(&old), Some(&known), false),
        ("the present one", Some(&known), Some(&known), true),
    ];
    for (case, by, known, expected) in cases {
        assert_eq!(acknowledged(by, known), expected, "{case}");
    }
}
