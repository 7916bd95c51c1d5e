use super::*;
use crate::ids::Generation;

#[test]
fn nothing_is_passed_over_that_no_load_would_bring() {
    let elsewhere = Access::Elsewhere("client-2".parse().unwrap());
    let cases = [
        ("served here", Access::Serve(Generation(2)), false, Follow::Join),
        ("a load is under way", Access::Serve(Generation(2)), true, Follow::Wait),
        ("to be loaded", Access::Load(Generation(2)), false, Follow::Wait),
        ("sealed: perhaps not for long", Access::Sealed, false, Follow::Wait),
        ("named late: until the row is read", Access::Behind, false, Follow::Wait),
        ("fenced: until the row reaches it", Access::Superseded, false, Follow::Wait),
        ("not handed over yet", Access::AskFor(Generation(2)), false, Follow::Pass),
        ("somebody else's", elsewhere, false, Follow::Pass),
    ];
    for (case, access, loading, expected) in cases {
        assert_eq!(follow(&access, loading), expected, "{case}");
    }
}
