//! Decisions are the same for the same operation; a payee is new only once.

use back_office::systems::System;
use common::operation::OperationKind;
use common::problem::Code;
use common::wire::gateway::{RiskAnswer, RiskDecision, RiskQuestion};
use common::{Currency, CustomerId, Generation, Money, OperationId};
use platform::rpc::{CallError, Request};

use super::simulation::{Simulation, WITHIN};

fn question(key: &str, payee: &str) -> RiskQuestion {
    let customer_id = CustomerId(1);
    RiskQuestion {
        operation_id: OperationId::derive(customer_id, key),
        customer_id,
        generation: Generation(1),
        kind: OperationKind::CustomerTransfer,
        most: Some(Money::from_minor(10_000, Currency::Rub)),
        payee: Some(payee.to_owned()),
    }
}

async fn ask(simulation: &Simulation, question: &RiskQuestion) -> Result<RiskDecision, CallError> {
    let request = Request::post_with_id("/v1/decisions", question);
    let answer: RiskAnswer = simulation.system(System::Risk).call(request, WITHIN).await?;
    Ok(answer.decision)
}

#[tokio::test]
async fn the_first_payment_to_somebody_is_stepped_up_and_stays_so() {
    let simulation = Simulation::start().await;
    let anna = "40817810000000042001";
    let first = question("a", anna);
    let second = question("b", anna);
    assert_eq!(ask(&simulation, &first).await.unwrap(), RiskDecision::StepUp);
    assert_eq!(ask(&simulation, &second).await.unwrap(), RiskDecision::Allow);
    assert_eq!(ask(&simulation, &first).await.unwrap(), RiskDecision::StepUp);
    let elsewhere = RiskQuestion { generation: Generation(7), ..first.clone() };
    assert_eq!(ask(&simulation, &elsewhere).await.unwrap(), RiskDecision::StepUp);
    let other =
        RiskQuestion { operation_id: first.operation_id, ..question("a", "40817810000000043001") };
    let error = ask(&simulation, &other).await.unwrap_err();
    assert!(error.is_refusal(Code::IdempotencyMismatch), "{error}");
}

#[tokio::test]
async fn a_refused_payee_is_never_known() {
    let simulation = Simulation::start().await;
    for key in ["a", "b"] {
        let listed = question(key, "+79000000666");
        assert_eq!(ask(&simulation, &listed).await.unwrap(), RiskDecision::Refuse);
    }
    assert_eq!(simulation.count("sys_risk.known_payee").await, 0);
}
