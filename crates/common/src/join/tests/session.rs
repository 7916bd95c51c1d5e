use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOW + ms)
}

fn epoch(generation: u64, counter: u64) -> Epoch {
    Epoch { generation: Generation(generation), counter }
}

fn session() -> Session {
    Session {
        epoch: epoch(1, 0),
        generation: Generation(2),
        revoked: false,
        idle_until: at(10),
        ends_at: at(20),
    }
}

fn epochs() -> impl Strategy<Value = Epoch> {
    (0..3_u64, 0..3_u64).prop_map(|(generation, counter)| epoch(generation, counter))
}

fn sessions() -> impl Strategy<Value = Session> {
    (epochs(), 0..3_u64, any::<bool>(), 0..4_i64, 0..4_i64).prop_map(
        |(epoch, generation, revoked, idle, ends)| Session {
            epoch,
            generation: Generation(generation),
            revoked,
            idle_until: at(idle),
            ends_at: at(ends),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_join_is_commutative_associative_and_idempotent(
        a in sessions(),
        b in sessions(),
        c in sessions(),
    ) {
        prop_assert_eq!(join(&a, &b), join(&b, &a));
        prop_assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)));
        prop_assert_eq!(join(&a, &a), a);
    }

    /// Whoever knows of its end knows it for good, whatever joins afterwards.
    #[test]
    fn what_was_revoked_stays_dead(a in sessions(), b in sessions(), now in 0..4_i64) {
        let revoked = Session { revoked: true, ..a };
        let joined = join(&b, &revoked);
        prop_assert!(!joined.is_live(joined.epoch, Generation(0), at(now)));
    }

    #[test]
    fn an_epoch_only_rises(before in epochs(), generation in 0..4_u64) {
        prop_assert!(before.raised(Generation(generation)) > before);
    }
}

#[test]
fn alive_in_order_of_precedence() {
    let revoked = Session { revoked: true, ..session() };
    let cases = [
        ("alive", session(), epoch(1, 0), 2, 9, true),
        ("revoked", revoked, epoch(1, 0), 2, 9, false),
        ("signed out everywhere since", session(), epoch(1, 1), 2, 9, false),
        ("of an epoch that is unknown here", session(), epoch(0, 9), 2, 9, false),
        ("dropped by an urgent move", session(), epoch(1, 0), 3, 9, false),
        ("idle", session(), epoch(1, 0), 2, 10, false),
        ("ended", Session { idle_until: at(99), ..session() }, epoch(1, 0), 2, 20, false),
    ];
    for (case, session, epoch, from, now, expected) in cases {
        assert_eq!(session.is_live(epoch, Generation(from), at(now)), expected, "{case}");
    }
}

#[test]
fn a_late_session_joins_as_revoked() {
    assert!(from_late(&session(), Guards::ALL).revoked);
    let unguarded = from_late(&session(), Guards::without(Guard::LateSessionRevoked));
    assert_eq!(unguarded, session());
    let revoked = Session { revoked: true, ..session() };
    assert!(from_late(&revoked, Guards::without(Guard::LateSessionRevoked)).revoked);
}

#[test]
fn epochs_count_within_a_generation() {
    let cases = [
        ("same generation", epoch(2, 3), 2, epoch(2, 4)),
        ("newer generation", epoch(2, 3), 5, epoch(5, 1)),
        ("raised by somebody superseded", epoch(2, 3), 1, epoch(2, 4)),
    ];
    for (case, before, generation, expected) in cases {
        assert_eq!(before.raised(Generation(generation)), expected, "{case}");
    }
}

#[test]
fn sessions_from_before_a_forced_move_prove_themselves_once() {
    let cases = [
        ("no move was forced", 1, 0, 0, false),
        ("opened before", 1, 0, 3, true),
        ("opened after", 3, 0, 3, false),
        ("proved since", 1, 3, 3, false),
        ("proved before another", 1, 3, 5, true),
    ];
    for (case, opened, proved, forced, expected) in cases {
        let found = needs_proof(Generation(opened), Generation(proved), Generation(forced));
        assert_eq!(found, expected, "{case}");
    }
}
