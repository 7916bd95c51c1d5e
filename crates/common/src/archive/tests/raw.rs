use super::*;

#[test]
fn what_cannot_be_read_is_kept_for_later() {
    let cases = [
        ("the usual", 1, 1, Taking::Interpret),
        ("an older one", 1, 2, Taking::Interpret),
        ("a newer one", 2, 1, Taking::StoreRaw),
        ("the newer version reads it", 2, 2, Taking::Interpret),
    ];
    for (case, form, readable, expected) in cases {
        assert_eq!(taking(form, readable), expected, "{case}");
    }
    assert!(shows_all(0, Guards::ALL));
    assert!(!shows_all(1, Guards::ALL));
    assert!(shows_all(1, Guards::without(Guard::RawShowsAsOf)));
}
