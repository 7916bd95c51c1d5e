use super::*;

#[test]
fn signed_out_is_said_only_when_archived_and_fenced_by_us() {
    let cases = [
        ("archived and fenced", true, Some(5), true),
        ("fenced only", false, Some(5), false),
        ("archived only", true, None, false),
        ("somebody else serves him already", true, Some(6), false),
        ("an earlier fence", true, Some(4), false),
    ];
    for (case, archived, fence, expected) in cases {
        assert_eq!(everywhere(archived, fence.map(Generation), Generation(5)), expected, "{case}");
    }
}
