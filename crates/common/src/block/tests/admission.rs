use proptest::prelude::*;

use super::*;

const BUDGET: Budget = Budget { burst: 11, per_second: 10 };

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

/// A bucket from which so many were taken.
fn after(taken: u32) -> Bucket {
    let mut bucket = Bucket::full(BUDGET, at(0));
    for _ in 0..taken {
        bucket = admit(bucket, BUDGET, Class::InFlight, 0, at(0)).0;
    }
    bucket
}

#[test]
fn the_more_urgent_find_something_left() {
    use Class::{Balance, History, InFlight, New};
    let cases = [
        ("full", 0, [true, true, true, true]),
        ("four are gone", 4, [true, true, true, true]),
        ("no history", 5, [true, true, true, false]),
        ("no balance", 7, [true, true, false, false]),
        ("nothing new", 9, [true, false, false, false]),
        ("only what has begun", 10, [true, false, false, false]),
        ("nothing", 11, [false, false, false, false]),
    ];
    for (case, taken, expected) in cases {
        for (class, expected) in [InFlight, New, Balance, History].into_iter().zip(expected) {
            let (_, admission) = admit(after(taken), BUDGET, class, 0, at(0));
            assert_eq!(admission == Admission::Admitted, expected, "{case}: {class:?}");
        }
    }
}

#[test]
fn it_fills_with_time() {
    let cases = [
        ("at once", 0, false),
        ("not yet", 99, false),
        ("one more", 100, true),
        ("a clock that went back", -5_000, false),
    ];
    for (case, ms, expected) in cases {
        let (_, admission) = admit(after(11), BUDGET, Class::InFlight, 0, at(ms));
        assert_eq!(admission == Admission::Admitted, expected, "{case}");
    }
    let (bucket, _) = admit(after(11), BUDGET, Class::InFlight, 0, at(1_000_000));
    let (fuller, _) = admit(Bucket::full(BUDGET, at(1_000_000)), BUDGET, Class::InFlight, 0, at(0));
    assert_eq!(bucket.thousandths, fuller.thousandths, "never fuller than full");
}

#[test]
fn who_is_turned_away_comes_back_at_any_time_of_the_spread() {
    let retry = |class, jitter| admit(after(11), BUDGET, class, jitter, at(0)).1;
    let cases = [
        (Class::InFlight, 0, 1),
        (Class::InFlight, 999, 1_000),
        (Class::History, 0, 1),
        (Class::History, 500, 701),
        (Class::History, 9_999, 1_399),
    ];
    for (class, jitter, expected) in cases {
        let answer = Admission::RetryAfterMs(expected);
        assert_eq!(retry(class, jitter), answer, "{class:?} {jitter}");
    }
}

proptest! {
    #[test]
    fn no_more_than_the_budget_is_admitted(
        burst in 1..20_u32,
        per_second in 1..50_u32,
        asks in proptest::collection::vec((0..4_usize, 0..200_i64), 0..200),
    ) {
        let budget = Budget { burst, per_second };
        let (mut bucket, mut now, mut admitted) = (Bucket::full(budget, at(0)), 0, 0_u64);
        for (class, pause) in asks {
            now += pause;
            let (left, admission) = admit(bucket, budget, Class::ALL[class], 7, at(now));
            bucket = left;
            admitted += u64::from(admission == Admission::Admitted);
        }
        let earned = u64::try_from(now).unwrap() * u64::from(per_second) / 1_000;
        prop_assert!(admitted <= u64::from(burst) + earned);
    }

    #[test]
    fn a_full_bucket_admits_every_class(burst in 1..20_u32, class in 0..4_usize) {
        let budget = Budget { burst, per_second: 1 };
        let full = Bucket::full(budget, at(0));
        let (_, admission) = admit(full, budget, Class::ALL[class], 0, at(0));
        prop_assert_eq!(admission, Admission::Admitted);
    }
}
