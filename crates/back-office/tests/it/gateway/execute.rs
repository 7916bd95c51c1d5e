//! EXECUTE and VOID: the steps in their order of precedence, and that an id has one effect.

use common::gateway::{Answer, Outcome};
use common::money::{Currency, Money};
use common::operation::{IntentHash, OperationState, RejectReason};
use common::{Generation, Timestamp};
use platform::Clock;
use serde_json::json;

use super::bench::{Bench, bench, bench_with, rub};
use super::orders::{exchange, order, own_transfer, transfer, void_of};

/// How an order ended.
pub(crate) fn outcome(answer: Answer) -> Outcome {
    match answer {
        Answer::Outcome(outcome) => outcome,
        other => panic!("no outcome: {other:?}"),
    }
}

fn rejected(answer: Answer) -> RejectReason {
    let outcome = outcome(answer);
    assert_eq!(outcome.state, OperationState::Rejected);
    outcome.reason.unwrap()
}

#[tokio::test]
async fn the_steps_stand_in_their_order() {
    let clock = Clock::by_hand(Timestamp::from_unix_ms(1_800_000_000_000));
    let bench = bench_with(|_| {}, clock.clone()).await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    let terms = transfer(&anna, &boris, Some("Boris K."), rub(1_000), rub(5));
    let mut request = order(1, "k1", terms);
    request.valid_until = clock.now().plus_s(60);

    let done = bench.execute(&request).await;
    assert_eq!(outcome(done.clone()).state, OperationState::Executed);
    bench.fence(1, 9).await;
    clock.advance_ms(120_000);
    // Known beats time and fence; another intent under the id is a mismatch.
    assert_eq!(bench.execute(&request).await, done);
    let other = order(1, "k1", transfer(&anna, &boris, None, rub(2_000), rub(10)));
    assert_eq!(bench.execute(&other).await, Answer::PayloadMismatch);
    let mut foreign = request.clone();
    foreign.customer_id = common::CustomerId(2);
    assert_eq!(bench.execute(&foreign).await, Answer::PayloadMismatch);

    // Too late beats the fence; the fence stores nothing.
    let mut late = order(1, "k2", own_transfer(&anna, &boris, rub(1)));
    late.valid_until = clock.now().plus_ms(-1);
    assert_eq!(outcome(bench.execute(&late).await).state, OperationState::Expired);
    let fresh = order(1, "k3", transfer(&anna, &boris, None, rub(1_000), rub(5)));
    let fence = Generation(9);
    assert_eq!(bench.execute(&fresh).await, Answer::StaleGeneration { fence });
    let mut raised = fresh.clone();
    raised.generation = Generation(9);
    assert_eq!(outcome(bench.execute(&raised).await).state, OperationState::Executed);

    assert_eq!(bench.balance(&anna).await, 100_000 - 2 * 1_005);
    assert_eq!(bench.balance(&boris).await, 2_000);
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn the_intents_own_validity_bounds_the_requests() {
    let clock = Clock::by_hand(Timestamp::from_unix_ms(1_800_000_000_000));
    let bench = bench_with(|_| {}, clock.clone()).await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let mut request = order(1, "k", own_transfer(&anna, &anna, rub(1)));
    request.intent["valid_until"] = json!("2020-01-01T00:00:00Z");
    request.intent_hash = IntentHash::of(&request.intent).unwrap();
    assert_eq!(outcome(bench.execute(&request).await).state, OperationState::Expired);
}

#[tokio::test]
async fn the_hash_is_computed_again() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let mut request = order(1, "k", own_transfer(&anna, &anna, rub(1)));
    request.intent["terms"]["amount"]["amount"] = json!("9999.00");
    assert_eq!(bench.execute(&request).await, Answer::PayloadMismatch);
    assert_eq!(bench.count("select count(*) from operation_record").await, 0);
}

#[tokio::test]
async fn what_is_not_understood_is_rejected_and_kept() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let mut request = order(1, "k", own_transfer(&anna, &anna, rub(1)));
    request.intent["terms"]["from_the_future"] = json!(true);
    request.intent_hash = IntentHash::of(&request.intent).unwrap();
    let first = bench.execute(&request).await;
    assert_eq!(rejected(first.clone()), RejectReason::NotUnderstood);
    assert_eq!(bench.execute(&request).await, first);
}

#[tokio::test]
async fn a_hundred_requests_under_one_id_have_one_effect() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 1_000_000).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    let terms = transfer(&anna, &boris, None, rub(1_000), rub(5));
    let request = order(1, "k", terms);
    let requests = (0..100).map(|_| bench.execute(&request));
    let answers = futures_util::future::join_all(requests).await;
    let first = outcome(answers[0].clone());
    assert_eq!(first.state, OperationState::Executed);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(bench.balance(&anna).await, 1_000_000 - 1_005);
    assert_eq!(bench.balance(&boris).await, 1_000);
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn one_of_two_intents_under_one_id_wins() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 1_000_000).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    for round in 0..10 {
        let key = format!("k{round}");
        let orders = [1_000, 2_000].map(|minor| {
            let fee = rub(minor / 200);
            order(1, &key, transfer(&anna, &boris, None, rub(minor), fee))
        });
        let (one, other) = tokio::join!(bench.execute(&orders[0]), bench.execute(&orders[1]));
        let mismatches = [&one, &other].into_iter().filter(|a| **a == Answer::PayloadMismatch);
        assert_eq!(mismatches.count(), 1, "{one:?} {other:?}");
    }
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn cancelling_and_executing_at_once_one_wins() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 1_000_000).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    let mut executed = 0;
    for round in 0..20 {
        let terms = transfer(&anna, &boris, None, rub(1_000), rub(5));
        let request = order(1, &format!("k{round}"), terms);
        let void = void_of(&request);
        let (did, voided) = tokio::join!(bench.execute(&request), bench.void(&void));
        assert_eq!(did, voided, "both are told the same");
        match outcome(did).state {
            OperationState::Executed => executed += 1,
            state => assert_eq!(state, OperationState::Cancelled),
        }
    }
    assert_eq!(bench.balance(&boris).await, executed * 1_000);
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn a_void_respects_id_hash_and_fence() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let request = order(1, "k", own_transfer(&anna, &anna, rub(1)));
    bench.fence(1, 5).await;
    let mut void = void_of(&request);
    let fence = Generation(5);
    assert_eq!(bench.void(&void).await, Answer::StaleGeneration { fence });
    void.generation = fence;
    let cancelled = bench.void(&void).await;
    assert_eq!(outcome(cancelled.clone()).state, OperationState::Cancelled);
    assert_eq!(bench.void(&void).await, cancelled);
    // The order comes too late, and another intent under the id is a mismatch.
    assert_eq!(bench.execute(&request).await, cancelled);
    void.intent_hash = IntentHash([0; 32]);
    assert_eq!(bench.void(&void).await, Answer::PayloadMismatch);
}

#[tokio::test]
async fn money_moves_only_as_confirmed() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let dollars = bench.account(1, Money::from_minor(50_000, Currency::Usd), 1).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    let rate = rate_of(&bench, Currency::Usd, Currency::Rub).await;
    let sell = Money::from_minor(10_000, Currency::Usd);
    let exchanged = order(1, "x", exchange(&dollars, &anna, sell, rate, 50));
    let effect = outcome(bench.execute(&exchanged).await).effect.unwrap();
    let bought = rate.convert(sell, Currency::Rub).unwrap();
    assert_eq!((effect.debited, effect.credited), (Some(sell), Some(bought)));
    assert!(!effect.adjusted);
    assert_eq!(bench.balance(&dollars).await, 40_000);
    assert_eq!(bench.balance(&anna).await, 100_000 + bought.minor());

    // The fee fell since the review: less is taken, and the customer is told.
    let generous = order(1, "f", transfer(&anna, &boris, None, rub(10_000), rub(60)));
    let effect = outcome(bench.execute(&generous).await).effect.unwrap();
    assert_eq!((effect.fee, effect.adjusted), (Some(rub(50)), true));
    assert_eq!(effect.debited, Some(rub(10_050)));

    let reasons = [
        (transfer(&boris, &anna, None, rub(1), rub(0)), RejectReason::AccountUnknown),
        (transfer(&anna, &boris, Some("Boris L."), rub(1), rub(1)), RejectReason::PayeeChanged),
        (transfer(&anna, &boris, None, rub(10_000), rub(49)), RejectReason::FeeRaised),
        (
            transfer(&anna, &boris, None, rub(1_000_000_000), rub(150_000)),
            RejectReason::LimitExceeded,
        ),
        (
            transfer(&anna, &boris, None, rub(50_000_000), rub(150_000)),
            RejectReason::InsufficientFunds,
        ),
    ];
    let before = bench.balance(&anna).await;
    for (n, (terms, reason)) in reasons.into_iter().enumerate() {
        let answer = bench.execute(&order(1, &format!("r{n}"), terms)).await;
        assert_eq!(rejected(answer), reason);
    }
    assert_eq!(bench.balance(&anna).await, before);
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn the_daily_limit_is_counted_here() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 10_000_000_000).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    let pay =
        |key: &str| order(1, key, transfer(&anna, &boris, None, rub(60_000_000), rub(150_000)));
    let first = pay("a");
    assert_eq!(outcome(bench.execute(&first).await).state, OperationState::Executed);
    assert_eq!(rejected(bench.execute(&pay("b")).await), RejectReason::LimitExceeded);
    // Asking again under the first id does not count twice.
    assert_eq!(outcome(bench.execute(&first).await).state, OperationState::Executed);
    let used = "select used_minor from daily_use where customer_id = 1";
    assert_eq!(bench.count(used).await, 60_000_000);
}

#[tokio::test]
async fn transfers_in_circles_do_not_deadlock() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 1_000_000).await;
    let boris = bench.customer(2, "Boris Kim", 1_000_000).await;
    let mut orders = Vec::new();
    for n in 0..40 {
        let there = transfer(&anna, &boris, None, rub(100), rub(1));
        let back = transfer(&boris, &anna, None, rub(100), rub(1));
        orders.push(order(1, &format!("a{n}"), there));
        orders.push(order(2, &format!("b{n}"), back));
    }
    let answers =
        futures_util::future::join_all(orders.iter().map(|order| bench.execute(order))).await;
    for answer in answers {
        assert_eq!(outcome(answer).state, OperationState::Executed);
    }
    assert_eq!(bench.balance(&anna).await, 1_000_000 - 40);
    bench.assert_books_are_right().await;
}

/// Today's rate, as a block would show it.
pub(crate) async fn rate_of(bench: &Bench, sell: Currency, buy: Currency) -> common::Rate {
    let rates: common::wire::gateway::Reference<common::wire::gateway::ExchangeRate> =
        bench.get("/v1/reference/rates").await.unwrap();
    let found = rates.items.iter().find(|rate| rate.sell == sell && rate.buy == buy);
    found.unwrap().rate
}
