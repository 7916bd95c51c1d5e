//! Orders take effect once, and refusals are as documented.

use back_office::foreign::{CheckAnswer, CheckOrder, Order, OrderAnswer, PlaceOrder, check_path};
use back_office::systems::System;
use common::operation::RejectReason;
use common::problem::Code;
use common::{Currency, CustomerId, Money};
use platform::rpc::Request;

use super::simulation::{Simulation, WITHIN, place};

fn rub(units: i64) -> Money {
    Money::from_minor(units * 100, Currency::Rub)
}

fn deposit(amount: Money) -> Order {
    Order::DepositOpen {
        product_id: "deposit-steady-rub".to_owned(),
        amount,
        rate_bp: 1_450,
        term_months: 3,
        from_account: "40817810000000001001".parse().unwrap(),
    }
}

fn bill(reference: &str) -> Order {
    Order::BillPayment {
        biller_id: "fiber".to_owned(),
        reference: reference.to_owned(),
        amount: rub(700),
    }
}

fn topup(phone: &str) -> Order {
    Order::MobileTopup { phone: phone.parse().unwrap(), amount: rub(300) }
}

fn card(card_id: &str) -> Order {
    Order::CardFreeze { card_id: card_id.to_owned() }
}

fn refused(reason: RejectReason) -> OrderAnswer {
    OrderAnswer::Refused { reason }
}

#[tokio::test]
async fn many_at_once_under_one_id_have_one_effect_and_one_answer() {
    let simulation = Simulation::start().await;
    let order = place("k", deposit(rub(50_000)));
    let calls = (0..24).map(|_| simulation.order(System::Deposits, &order));
    let answers = futures_util::future::join_all(calls).await;
    let first = answers[0].as_ref().unwrap();
    assert!(matches!(first, OrderAnswer::Done { .. }), "{first:?}");
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(simulation.count("sys_deposits.deposit").await, 1);
}

#[tokio::test]
async fn another_order_under_the_same_id_is_refused_and_changes_nothing() {
    let simulation = Simulation::start().await;
    let first = place("k", deposit(rub(50_000)));
    simulation.order(System::Deposits, &first).await.unwrap();
    let other_amount = place("k", deposit(rub(60_000)));
    let other_customer = PlaceOrder { customer_id: CustomerId(2), ..first };
    for other in [other_amount, other_customer] {
        let error = simulation.order(System::Deposits, &other).await.unwrap_err();
        assert!(error.is_refusal(Code::IdempotencyMismatch), "{error}");
    }
    assert_eq!(simulation.count("sys_deposits.deposit").await, 1);
}

#[tokio::test]
async fn refusals_are_as_documented_and_final() {
    use RejectReason::{
        BillerRefused, CardUnknown, NotUnderstood, OperatorRefused, ProductChanged, SystemRefused,
    };
    let simulation = Simulation::start().await;
    simulation.give_card(2).await;
    let cases = [
        (System::Billers, bill("12345678"), None),
        (System::Billers, bill("12340000"), Some(BillerRefused)),
        (System::Billers, bill("123"), Some(BillerRefused)),
        (System::Topup, topup("+79001234567"), None),
        (System::Topup, topup("+79990001234"), Some(OperatorRefused)),
        (System::Deposits, deposit(rub(1)), Some(ProductChanged)),
        (System::Cards, card("card-2"), Some(CardUnknown)),
        (System::Cards, bill("12345678"), Some(NotUnderstood)),
        (System::Cash, topup("+79001234567"), Some(NotUnderstood)),
        (System::Cash, Order::CashCode { amount: rub(0) }, Some(SystemRefused)),
        (System::Cash, Order::CashCode { amount: rub(-1) }, Some(SystemRefused)),
    ];
    for (number, (system, order, reason)) in cases.into_iter().enumerate() {
        let check = CheckOrder { customer_id: CustomerId(1), order: order.clone() };
        let order = place(&format!("key {number}"), order);
        let request = Request::post_with_id(check_path(order.operation_id), &check);
        let checked: CheckAnswer = simulation.system(system).call(request, WITHIN).await.unwrap();
        let expected = reason.map_or(CheckAnswer::Fine, |reason| CheckAnswer::Refused { reason });
        assert_eq!(checked, expected, "{system} {order:?}");
        let answer = simulation.order(system, &order).await.unwrap();
        match reason {
            Some(reason) => assert_eq!(answer, refused(reason), "{system} {order:?}"),
            None => assert!(matches!(answer, OrderAnswer::Done { .. }), "{answer:?}"),
        }
        assert_eq!(simulation.order(system, &order).await.unwrap(), answer);
    }
    assert_eq!(simulation.count("sys_cards.card where frozen").await, 0);
}

#[tokio::test]
async fn a_card_is_frozen_and_used_again_by_its_owner() {
    let simulation = Simulation::start().await;
    simulation.give_card(1).await;
    let frozen = || simulation.count("sys_cards.card where frozen");
    simulation.order(System::Cards, &place("a", card("card-1"))).await.unwrap();
    assert_eq!(frozen().await, 1);
    let unfreeze = Order::CardUnfreeze { card_id: "card-1".to_owned() };
    simulation.order(System::Cards, &place("b", unfreeze)).await.unwrap();
    assert_eq!(frozen().await, 0);
    // The first order again is an answer, not another effect.
    simulation.order(System::Cards, &place("a", card("card-1"))).await.unwrap();
    assert_eq!(frozen().await, 0);
}
