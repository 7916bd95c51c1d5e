use super::*;

const NOW: i64 = 10_000_000;

fn now() -> Timestamp {
    Timestamp::from_unix_ms(NOW)
}

fn ago(ms: i64) -> Timestamp {
    now().plus_ms(-ms)
}

fn dead() -> [Option<Sight>; 3] {
    [Some(Sight::Refused(ago(1_500))), Some(Sight::Silent(ago(5_000))), Some(Sight::Well)]
}

fn evidence(sights: &[Option<Sight>]) -> Evidence<'_> {
    Evidence {
        sights,
        gateway_served: None,
        lag_ms: (0, 1_000),
        capacity: (10, 10),
        all_alike: false,
        held: false,
    }
}

#[test]
fn two_of_three_have_to_see_it_dead() {
    let refused = |ms| Some(Sight::Refused(ago(ms)));
    let silent = |ms| Some(Sight::Silent(ago(ms)));
    let well = Some(Sight::Well);
    let cases = [
        ("all well", [well, well, well], Verdict::Nothing),
        ("one alone", [silent(9_000), well, well], Verdict::Nothing),
        ("two", [silent(5_000), refused(1_500), well], Verdict::Move),
        ("two, and one away", [silent(5_000), None, refused(1_500)], Verdict::Move),
        ("one, and two away", [silent(5_000), None, None], Verdict::Nothing),
        ("refused too briefly", [silent(5_000), refused(1_499), well], Verdict::Nothing),
        ("silent too briefly", [silent(4_999), refused(1_500), well], Verdict::Nothing),
        ("three", [silent(5_000), refused(1_500), refused(1_500)], Verdict::Move),
    ];
    for (case, sights, expected) in cases {
        assert_eq!(decide(&evidence(&sights), now()), expected, "{case}");
    }
}

#[test]
fn vetoes_in_order_of_precedence() {
    let sights = dead();
    let all = Evidence {
        held: true,
        all_alike: true,
        gateway_served: Some(ago(4_999)),
        lag_ms: (1_001, 1_000),
        capacity: (9, 10),
        ..evidence(&sights)
    };
    let released = Evidence { held: false, ..all.clone() };
    let alone = Evidence { all_alike: false, ..released.clone() };
    let unserved = Evidence { gateway_served: Some(ago(5_000)), ..alone.clone() };
    let near = Evidence { lag_ms: (1_000, 1_000), ..unserved.clone() };
    let room = Evidence { capacity: (10, 10), ..near.clone() };
    let well = [Some(Sight::Well); 3];
    let cases = [
        ("nobody is dead", Evidence { sights: &well, ..all.clone() }, Verdict::Nothing),
        ("held", all, Verdict::Prepare(Why::Held)),
        ("all alike", released, Verdict::Prepare(Why::AllAlike)),
        ("the gateway serves it", alone, Verdict::Prepare(Why::GatewayServes)),
        ("lag", unserved, Verdict::Prepare(Why::Lag)),
        ("no room", near, Verdict::Prepare(Why::Capacity)),
        ("nothing against it", room, Verdict::Move),
    ];
    for (case, evidence, expected) in cases {
        assert_eq!(decide(&evidence, now()), expected, "{case}");
    }
}

/// Where all who see it dead are refused, a gateway's service counts for 1.5 s and not for five.
#[test]
fn the_gateway_vetoes_within_the_time_of_the_sights() {
    let refused = [Some(Sight::Refused(ago(1_500))), Some(Sight::Refused(ago(1_600))), None];
    let mixed = [Some(Sight::Refused(ago(1_500))), Some(Sight::Silent(ago(5_000))), None];
    let served = Verdict::Prepare(Why::GatewayServes);
    let cases = [
        ("refused, served just now", &refused, 1_499, served),
        ("refused, served before", &refused, 1_500, Verdict::Move),
        ("one silent, served within five", &mixed, 4_999, served),
        ("one silent, served before", &mixed, 5_000, Verdict::Move),
    ];
    for (case, sights, served_ago, expected) in cases {
        let evidence = Evidence { gateway_served: Some(ago(served_ago)), ..evidence(sights) };
        assert_eq!(decide(&evidence, now()), expected, "{case}");
    }
}

/// I14.
#[test]
fn one_move_at_a_time_and_one_in_ten_minutes() {
    let cases = [
        ("the first", None, false, true),
        ("one is under way", None, true, false),
        ("ten minutes ago", Some(600_000), false, true),
        ("a little less", Some(599_999), false, false),
        ("long ago, and it still goes on", Some(900_000), true, false),
    ];
    for (case, last, running, expected) in cases {
        let last = last.map(ago);
        assert_eq!(may_take_move(last, running, now(), Guards::ALL), expected, "{case}");
        let without = Guards::without(Guard::OneAutomaticMove);
        assert!(may_take_move(last, running, now(), without), "{case}");
    }
}

/// I14.
#[test]
fn the_slices_of_one_block_are_one_move() {
    let taken = |ms, of| Some((ago(ms), of));
    let new = Some((now(), Some(1)));
    let cases = [
        ("the first", None, new),
        ("another slice of the same block", taken(4_999, Some(1)), taken(4_999, Some(1))),
        ("the same block, later", taken(5_000, Some(1)), None),
        ("another block", taken(100, Some(2)), None),
        ("after a recovery", taken(100, None), None),
        ("ten minutes after another", taken(600_000, Some(2)), new),
        ("ten minutes after itself", taken(600_000, Some(1)), new),
    ];
    for (case, last, expected) in cases {
        assert_eq!(take_move(last, 1, now(), Guards::ALL), expected, "{case}");
    }
    let without = Guards::without(Guard::OneAutomaticMove);
    assert_eq!(take_move(taken(100, Some(2)), 1, now(), without), new);
}

#[test]
fn a_block_is_dead_without_channels_or_without_its_database() {
    let refused = |for_ms| Seen::Refused { for_ms };
    let silent = |for_ms| Seen::Silent { for_ms };
    let well = Seen::Well;
    let cases = [
        ("all well", vec![well, well], Some(well), well),
        ("one channel answers", vec![refused(9_000), well], Some(well), well),
        ("no channel", vec![refused(2_000), refused(1_000)], Some(well), refused(1_000)),
        ("one refuses, one hangs", vec![refused(900), silent(700)], Some(well), silent(700)),
        ("both hang", vec![silent(800), silent(700)], Some(well), silent(700)),
        ("the database refuses", vec![well, well], Some(refused(300)), refused(300)),
        ("the database hangs", vec![well, well], Some(silent(300)), silent(300)),
        ("what is nearer to death", vec![silent(4_900)], Some(refused(1_000)), silent(4_900)),
        ("the other way round", vec![silent(4_000)], Some(refused(1_000)), refused(1_000)),
        ("no database is watched", vec![refused(200)], None, refused(200)),
        ("nothing is watched", vec![], None, well),
    ];
    for (case, channels, database, expected) in cases {
        assert_eq!(combined(&channels, database), expected, "{case}");
    }
}

#[test]
fn what_was_seen_is_dated_by_the_clock_of_whoever_decides() {
    let cases = [
        (Seen::Well, Sight::Well),
        (Seen::Refused { for_ms: 1_600 }, Sight::Refused(ago(1_600))),
        (Seen::Silent { for_ms: 5_100 }, Sight::Silent(ago(5_100))),
    ];
    for (seen, expected) in cases {
        assert_eq!(Sight::from((seen, now())), expected);
    }
}

#[test]
fn a_failure_domain_counts_once() {
    let refused = |for_ms| Seen::Refused { for_ms };
    let silent = |for_ms| Seen::Silent { for_ms };
    let cases = [
        ("two in one", vec![("a", refused(2_000)), ("a", refused(1_600))], vec![refused(1_600)]),
        ("one of them sees life", vec![("a", refused(9_000)), ("a", Seen::Well)], vec![Seen::Well]),
        (
            "two domains",
            vec![("b", silent(6_000)), ("a", refused(2_000)), ("b", refused(1_000))],
            vec![refused(2_000), refused(1_000)],
        ),
        ("nobody", vec![], vec![]),
    ];
    for (case, seen, expected) in cases {
        assert_eq!(by_domain(seen), expected, "{case}");
    }
    for (seen, expected) in [
        (refused(1_499), false),
        (refused(1_500), true),
        (silent(5_000), true),
        (Seen::Well, false),
    ] {
        assert_eq!(looks_dead(seen), expected, "{seen:?}");
    }
}
