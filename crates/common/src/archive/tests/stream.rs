use super::*;

#[test]
fn only_what_follows_is_applied() {
    let first = BatchKey::following(Head::START, &[b"a", b"b"]);
    let other = BatchKey::following(Head::START, &[b"ab"]);
    let second = BatchKey::following(first.head(), &[b"c"]);
    let stray = BatchKey::following(other.head(), &[b"c"]);
    assert_ne!(first.hash, other.hash, "events do not run into each other");
    let cases = [
        ("first", Head::START, None, first, Arrival::Apply),
        ("again", first.head(), Some(first.hash), first, Arrival::Known),
        ("same number, other events", first.head(), Some(first.hash), other, Arrival::Fork),
        ("next", first.head(), None, second, Arrival::Apply),
        ("too far ahead", Head::START, None, second, Arrival::Gap),
        ("after another past", first.head(), None, stray, Arrival::Fork),
    ];
    for (case, head, known, key, expected) in cases {
        assert_eq!(arrival(head, known, &key), expected, "{case}");
    }
}

#[test]
fn a_recovering_archive_stores_and_does_not_judge() {
    let without = Guards::without(Guard::JudgeAfterRecovery);
    assert_eq!(judging(false, Guards::ALL), Judging::Now);
    assert_eq!(judging(true, Guards::ALL), Judging::AfterRecovery);
    assert_eq!(judging(true, without), Judging::Now);
}
