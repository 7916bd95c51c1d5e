//! A code for cash is shown to its customer, paid out once, or closed unused when its time is up.

use back_office::foreign::{
    CashDetails, CodeEnd, Order, OrderAnswer, PlaceOrder, close_path, code_path,
};
use back_office::systems::System;
use common::problem::Code;
use common::wire::gateway::CashCodeShown;
use common::{Currency, Money, OperationId};
use platform::rpc::{CallError, Request};
use serde_json::{Value, json};

use super::simulation::{Simulation, WITHIN, place};

const HALF_AN_HOUR_MS: i64 = 30 * 60 * 1_000;

fn order(key: &str) -> PlaceOrder {
    let amount = Money::from_minor(500_000, Currency::Rub);
    place(key, Order::CashCode { amount })
}

async fn show(
    simulation: &Simulation,
    operation: OperationId,
    customer: u64,
) -> Result<CashCodeShown, CallError> {
    let request = Request::get(code_path(operation)).query(&json!({ "customer_id": customer }));
    simulation.system(System::Cash).call(request, WITHIN).await
}

async fn close(simulation: &Simulation, operation: OperationId) -> CodeEnd {
    let request = Request::post_with_id(close_path(operation), &json!({}));
    simulation.system(System::Cash).call(request, WITHIN).await.unwrap()
}

async fn redeem(simulation: &Simulation, code: &str) -> Result<Value, CallError> {
    let request = Request::post("/control/v1/cash-codes/redeem", &json!({ "code": code }));
    simulation.control().call(request, WITHIN).await
}

#[tokio::test]
async fn a_code_is_paid_out_once() {
    let simulation = Simulation::start().await;
    let order = order("k");
    let answer = simulation.order(System::Cash, &order).await.unwrap();
    let OrderAnswer::Done { details, .. } = &answer else { panic!("{answer:?}") };
    let details: CashDetails = serde_json::from_value(details.clone()).unwrap();
    assert_eq!(details.expires_at.ms_since(simulation.clock.now()), HALF_AN_HOUR_MS);

    let shown = show(&simulation, order.operation_id, 1).await.unwrap();
    assert!(shown.code.len() == 8 && shown.code.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(shown.expires_at, details.expires_at);
    assert!(!serde_json::to_string(&answer).unwrap().contains(&shown.code));
    let foreign = show(&simulation, order.operation_id, 2).await.unwrap_err();
    assert!(foreign.is_refusal(Code::NothingToShow), "{foreign}");

    assert_eq!(close(&simulation, order.operation_id).await, CodeEnd::Open);
    let paid = redeem(&simulation, &shown.code).await.unwrap();
    assert_eq!(paid["amount"]["amount"], "5000.00");
    let twice = redeem(&simulation, &shown.code).await.unwrap_err();
    assert!(twice.is_refusal(Code::CodeWrong), "{twice}");
    let after = show(&simulation, order.operation_id, 1).await.unwrap_err();
    assert!(after.is_refusal(Code::NothingToShow), "{after}");
    for _ in 0..2 {
        assert_eq!(close(&simulation, order.operation_id).await, CodeEnd::Redeemed);
    }
}

#[tokio::test]
async fn a_code_whose_time_is_up_is_paid_out_by_nobody() {
    let simulation = Simulation::start().await;
    let order = order("k");
    simulation.order(System::Cash, &order).await.unwrap();
    let shown = show(&simulation, order.operation_id, 1).await.unwrap();
    simulation.clock.advance_ms(HALF_AN_HOUR_MS);
    let late = redeem(&simulation, &shown.code).await.unwrap_err();
    assert!(late.is_refusal(Code::CodeExpired), "{late}");
    let hidden = show(&simulation, order.operation_id, 1).await.unwrap_err();
    assert!(hidden.is_refusal(Code::NothingToShow), "{hidden}");
    for _ in 0..2 {
        assert_eq!(close(&simulation, order.operation_id).await, CodeEnd::Expired);
    }
    // Closing is binding, even for a machine whose clock is behind.
    simulation.clock.advance_ms(-HALF_AN_HOUR_MS);
    let closed = redeem(&simulation, &shown.code).await.unwrap_err();
    assert!(closed.is_refusal(Code::CodeWrong), "{closed}");
}
