//! Orders that a foreign system carries out: whatever it does, an order has one effect, and the
//! money is posted or given back exactly once.

use std::time::Duration;

use common::gateway::Answer;
use common::operation::{OperationState, RejectReason, Terms};
use common::wire::gateway::CashCodeShown;
use common::{AccountNumber, OperationId};
use platform::rpc::{CallError, Request};

use back_office::foreign::{CodeEnd, Order};

use super::bench::{Bench, bench, bench_with, code, query, rub};
use super::execute::outcome;
use super::fake::{Mood, long_ago};
use super::orders::{bill, cash, deposit, freeze, order, topup, void_of};

const INTENTS: &str = "select count(*) from foreign_intent";
const CODES: &str = "select count(*) from cash_code";

async fn held(bench: &Bench) -> i64 {
    bench.count("select sum(balance_minor)::bigint from account where kind = 'holding'").await
}

async fn cleared(bench: &Bench) -> i64 {
    bench.count("select sum(balance_minor)::bigint from account where kind = 'clearing'").await
}

fn terms(anna: &AccountNumber) -> [(Terms, i64, i64); 4] {
    [
        (bill(anna, rub(100_000), rub(1_000)), 100_000, 1_000),
        (topup(anna, rub(30_000)), 30_000, 0),
        (deposit(anna, rub(1_000_000), 1_450), 1_000_000, 0),
        (freeze("card-1"), 0, 0),
    ]
}

#[tokio::test]
async fn money_is_posted_when_the_system_has_done_its_part() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 5_000_000).await;
    let (mut left, mut passed_on) = (5_000_000, 0);
    for (n, (terms, amount, fee)) in terms(&anna).into_iter().enumerate() {
        let request = order(1, &format!("k{n}"), terms);
        let first = bench.execute(&request).await;
        let effect = outcome(first.clone()).effect.unwrap();
        assert_eq!(effect.foreign_reference.as_deref(), Some("R-1"));
        left -= amount + fee;
        passed_on += amount;
        assert_eq!(bench.balance(&anna).await, left);
        assert_eq!((held(&bench).await, cleared(&bench).await), (0, passed_on));
        assert_eq!(bench.execute(&request).await, first);
    }
    assert_eq!(bench.fakes.calls().len(), 4);
    assert_eq!(bench.count(INTENTS).await, 0);
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn money_is_given_back_when_the_system_refuses() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 5_000_000).await;
    bench.fakes.set(Mood::Refuses(RejectReason::BillerRefused));
    for (n, (terms, ..)) in terms(&anna).into_iter().enumerate() {
        let request = order(1, &format!("k{n}"), terms);
        let first = outcome(bench.execute(&request).await);
        assert_eq!(first.state, OperationState::Rejected);
        assert_eq!(first.reason, Some(RejectReason::BillerRefused));
        assert_eq!(outcome(bench.execute(&request).await), first);
    }
    assert_eq!(bench.balance(&anna).await, 5_000_000);
    assert_eq!(held(&bench).await, 0);
    // What did not happen does not count towards the limit.
    assert_eq!(bench.count("select sum(used_minor)::bigint from daily_use").await, 0);
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_finished_under_its_id() {
    for mood in [Mood::HangsAfterEffect, Mood::FailsAfterEffect, Mood::FailsBefore] {
        let bench = bench().await;
        let anna = bench.customer(1, "Anna Petrova", 5_000_000).await;
        bench.fakes.set(mood);
        let request = order(1, "k", bill(&anna, rub(100_000), rub(1_000)));
        assert_eq!(bench.execute(&request).await, Answer::InProgress, "{mood:?}");
        assert_eq!(bench.execute(&request).await, Answer::InProgress);
        assert_eq!(bench.void(&void_of(&request)).await, Answer::InProgress);
        assert_eq!(bench.balance(&anna).await, 5_000_000 - 101_000);
        assert_eq!(held(&bench).await, 101_000);
        // A fence that is raised later does not undo an intent.
        bench.fence(1, 7).await;
        bench.fakes.set(Mood::Fine);
        testkit::eventually("the resolver finishes it", || async {
            bench.execute(&request).await != Answer::InProgress
        })
        .await;
        assert_eq!(outcome(bench.execute(&request).await).state, OperationState::Executed);
        assert_eq!(bench.fakes.effects(), 1);
        assert!(bench.fakes.calls().iter().all(|call| call.operation_id == request.operation_id));
        assert_eq!(cleared(&bench).await, 100_000);
        assert_eq!(bench.count(INTENTS).await, 0);
        bench.assert_books_are_right().await;
    }
}

#[tokio::test]
async fn several_gateways_finish_an_intent_once() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 50_000_000).await;
    bench.fakes.set(Mood::FailsAfterEffect);
    let orders: Vec<_> = (0..20)
        .map(|n| order(1, &format!("k{n}"), bill(&anna, rub(100_000), rub(1_000))))
        .collect();
    for order in &orders {
        assert_eq!(bench.execute(order).await, Answer::InProgress);
    }
    let others = [bench.another().await, bench.another().await];
    bench.fakes.set(Mood::Fine);
    testkit::eventually("all are finished", || async { bench.count(INTENTS).await == 0 }).await;
    assert_eq!(bench.fakes.effects(), 20);
    assert_eq!(cleared(&bench).await, 2_000_000);
    assert_eq!(bench.balance(&anna).await, 50_000_000 - 20 * 101_000);
    bench.assert_books_are_right().await;
    drop(others);
}

#[tokio::test]
async fn cash_that_certainly_was_not_ordered_is_given_up_at_once() {
    // Nobody listens on port 1 of loopback.
    let nobody = platform::config::Peer::at("http://127.0.0.1:1".to_owned());
    let clock = platform::Clock::system();
    let closed = |config: &mut back_office::config::Config| {
        config.peers.insert("cash".to_owned(), nobody.clone());
        config.peers.insert("topup".to_owned(), nobody.clone());
    };
    let bench = bench_with(closed, clock).await;
    let anna = bench.customer(1, "Anna Petrova", 5_000_000).await;
    let request = order(1, "k", cash(&anna, rub(100_000), rub(5_000)));
    let first = outcome(bench.execute(&request).await);
    assert_eq!(first.reason, Some(RejectReason::SystemRefused));
    assert_eq!(bench.balance(&anna).await, 5_000_000);
    // What may wait does.
    let waiting = order(1, "t", topup(&anna, rub(100_000)));
    assert_eq!(bench.execute(&waiting).await, Answer::InProgress);
    assert_eq!(held(&bench).await, 100_000);
    bench.assert_books_are_right().await;
}

async fn show(bench: &Bench, customer: u64, id: OperationId) -> Result<CashCodeShown, CallError> {
    let path = format!("/v1/operations/{id}/cash-code");
    let request = Request::get(path).query(&query(customer, 1));
    bench.peer_as("client-1").call(request, Duration::from_secs(10)).await
}

#[tokio::test]
async fn a_code_is_shown_to_its_customer_only_and_kept_nowhere() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 5_000_000).await;
    let request = order(1, "k", cash(&anna, rub(100_000), rub(5_000)));
    let answer = outcome(bench.execute(&request).await);
    assert_eq!(answer.state, OperationState::Executed);
    let shown = show(&bench, 1, request.operation_id).await.unwrap();
    assert_eq!(shown.code, "123456");
    assert_eq!(code(show(&bench, 2, request.operation_id).await), "operation-unknown");
    let other = order(1, "t", topup(&anna, rub(100)));
    bench.execute(&other).await;
    assert_eq!(code(show(&bench, 1, other.operation_id).await), "nothing-to-show");
    assert!(!serde_json::to_string(&answer).unwrap().contains("123456"));
    let stored = "select count(*) from operation_record r, cash_code c
        where r.outcome::text like '%123456%' or c.settlement::text like '%123456%'";
    assert_eq!(bench.count(stored).await, 0);
    // Until the code has ended, the money is neither the customer's nor the machine's.
    assert_eq!(bench.balance(&anna).await, 5_000_000 - 105_000 - 100);
    assert_eq!(held(&bench).await, 105_000);
}

#[tokio::test]
async fn a_code_whose_time_has_passed_is_posted_or_given_back() {
    for (end, left, passed_on) in
        [(CodeEnd::Redeemed, 4_895_000, 100_000), (CodeEnd::Expired, 5_000_000, 0)]
    {
        let bench = bench().await;
        let anna = bench.customer(1, "Anna Petrova", 5_000_000).await;
        bench.fakes.codes_expire_at(long_ago());
        bench.execute(&order(1, "k", cash(&anna, rub(100_000), rub(5_000)))).await;
        // The cash system's clock decides: asked again until the code has ended.
        testkit::eventually("it is asked twice", || async { bench.fakes.closes() >= 2 }).await;
        assert_eq!(held(&bench).await, 105_000);
        bench.fakes.codes_end(end);
        testkit::eventually("the code is closed", || async { bench.count(CODES).await == 0 }).await;
        assert_eq!(bench.balance(&anna).await, left, "{end:?}");
        assert_eq!((held(&bench).await, cleared(&bench).await), (0, passed_on));
        let given_back = "select count(*) from entry where kind = 'give_back'";
        assert_eq!(bench.count(given_back).await, i64::from(end == CodeEnd::Expired));
        bench.assert_books_are_right().await;
    }
}

#[tokio::test]
async fn a_better_rate_of_a_deposit_is_given() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 5_000_000).await;
    let worse = order(1, "w", deposit(&anna, rub(1_000_000), 1_400));
    assert!(outcome(bench.execute(&worse).await).effect.unwrap().adjusted);
    let Order::DepositOpen { rate_bp, .. } = &bench.fakes.calls()[0].order else {
        panic!("{:?}", bench.fakes.calls());
    };
    assert_eq!(*rate_bp, 1_450);
    let gone = order(1, "g", deposit(&anna, rub(1_000_000), 1_500));
    let reason = outcome(bench.execute(&gone).await).reason;
    assert_eq!(reason, Some(RejectReason::ProductChanged));
}
