use super::*;

#[test]
fn a_record_goes_when_nobody_is_left_to_ask() {
    use OperationState::{Executed, Expired};
    let valid_until = Timestamp::from_unix_ms(1_000);
    let without = Guards::without(Guard::DedupeOutlivesOutage);
    let cases = [
        ("not ended, however old", None, 99_000, Guards::ALL, false),
        ("ended and valid", Some(Executed), 900, Guards::ALL, false),
        ("past its time", Some(Executed), 1_001, Guards::ALL, false),
        ("the longest outage is not over", Some(Expired), 6_000, Guards::ALL, false),
        ("it is over", Some(Executed), 6_001, Guards::ALL, true),
        ("without the guard, past its time", Some(Executed), 1_001, without, true),
        ("… and not before", Some(Executed), 1_000, without, false),
        ("… and not unless it has ended", None, 99_000, without, false),
    ];
    for (case, ended, now, guards, expected) in cases {
        let now = Timestamp::from_unix_ms(now);
        assert_eq!(may_prune(ended, valid_until, now, 5_000, guards), expected, "{case}");
    }
}
