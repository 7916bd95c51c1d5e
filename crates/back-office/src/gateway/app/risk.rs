//! Risk decisions: passed on to the risk system. What a block does without an answer is its policy.

use common::problem::Code;
use common::wire::gateway::{CustomerQuery, RiskAnswer, RiskQuestion};
use platform::Failure;
use platform::rpc::Request;

use super::Gateway;

/// Asks the risk system; the same operation gets the same answer.
pub async fn decide(gateway: &Gateway, question: &RiskQuestion) -> Result<RiskAnswer, Failure> {
    gateway
        .admit(&CustomerQuery {
            customer_id: question.customer_id,
            generation: question.generation,
        })
        .await?;
    let request = Request::post_with_id("/v1/decisions", question);
    match gateway.system("risk")?.call(request, gateway.question_time()).await {
        // The id belongs to another question: asking again will not help.
        Err(error) if error.is_refusal(Code::IdempotencyMismatch) => {
            Err(Code::IdempotencyMismatch.into())
        }
        other => Ok(other?),
    }
}
