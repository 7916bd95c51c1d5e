use super::*;

#[test]
fn a_block_ends_nothing() {
    let at = Timestamp::from_unix_ms;
    let without = Guards::without(Guard::GatewayEnds);
    let cases = [
        ("in time", at(5), at(5), Guards::ALL, None),
        ("past its time", at(5), at(6), Guards::ALL, None),
        ("in time, without the guard", at(5), at(5), without, None),
        ("past it, without the guard", at(5), at(6), without, Some(OperationState::Expired)),
    ];
    for (case, valid_until, now, guards, expected) in cases {
        assert_eq!(by_the_block(valid_until, now, guards), expected, "{case}");
    }
}
