//! The code of an executed cash operation: asked of the cash system each time, for the customer
//! himself. It is in no outcome, no effect and no table of the gateway.

use common::OperationId;
use common::operation::{OperationKind, OperationState};
use common::problem::Code;
use common::wire::gateway::{CashCodeShown, CustomerQuery};
use platform::Failure;
use platform::rpc::Request;
use serde::Serialize;

use super::Gateway;
use crate::foreign::code_path;
use crate::gateway::store::records;

#[derive(Serialize)]
struct OfCustomer {
    customer_id: common::CustomerId,
}

/// Shows the code of a customer's own executed cash operation.
pub async fn show(
    gateway: &Gateway,
    query: &CustomerQuery,
    operation: OperationId,
) -> Result<CashCodeShown, Failure> {
    gateway.admit(query).await?;
    let connection = gateway.db.connection().await?;
    let found = records::of_customer(&connection, query.customer_id, operation).await?;
    drop(connection);
    let (kind, outcome) = found.ok_or(Code::OperationUnknown)?;
    let executed = outcome.is_some_and(|outcome| outcome.state == OperationState::Executed);
    if kind != Some(OperationKind::CashCode) || !executed {
        return Err(Code::NothingToShow.into());
    }
    let request =
        Request::get(code_path(operation)).query(&OfCustomer { customer_id: query.customer_id });
    let shown = gateway.system("cash")?.call(request, gateway.question_time()).await;
    match shown {
        Err(error) if error.is_refusal(Code::NothingToShow) => Err(Code::NothingToShow.into()),
        other => Ok(other?),
    }
}
