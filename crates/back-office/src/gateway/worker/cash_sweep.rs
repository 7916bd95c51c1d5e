//! Closes codes for cash whose time has passed: used ones are posted, unused ones are given back.

use std::sync::Arc;

use common::OperationId;
use platform::Failure;
use platform::failure::chain;
use platform::rpc::Request;
use serde_json::json;

use crate::foreign::{CodeEnd, close_path};
use crate::gateway::app::{Gateway, foreign};
use crate::gateway::store::cash::{self, OpenCode};

/// Claims what is due, commits the claim, then asks the cash system how each code ended.
pub(super) async fn round(gateway: Arc<Gateway>) -> Result<(), Failure> {
    let now = gateway.clock.now();
    let claimed = {
        let connection = gateway.repairs.connection().await?;
        let lease = gateway.lease_until(now);
        cash::claim(&connection, now, lease, gateway.bounds.resolver_batch).await?
    };
    for code in claimed {
        let operation = code.operation_id;
        if let Err(failure) = close(&gateway, &code).await {
            let error = chain(&failure);
            tracing::warn!(%operation, error, "a code for cash could not be closed");
            put_off(&gateway, operation, code.attempt).await?;
        }
    }
    Ok(())
}

async fn close(gateway: &Gateway, code: &OpenCode) -> Result<(), Failure> {
    let operation = code.operation_id;
    let request = Request::post_with_id(close_path(operation), &json!({}));
    let end: CodeEnd = gateway.system("cash")?.call(request, gateway.question_time()).await?;
    match end {
        CodeEnd::Open => put_off(gateway, operation, code.attempt).await,
        CodeEnd::Redeemed | CodeEnd::Expired => {
            foreign::close_code(gateway, code, end == CodeEnd::Redeemed).await
        }
    }
}

async fn put_off(gateway: &Gateway, operation: OperationId, attempt: i32) -> Result<(), Failure> {
    let due_at = gateway.try_again_at(attempt, gateway.clock.now());
    let connection = gateway.repairs.connection().await?;
    cash::postpone(&connection, operation, due_at).await?;
    Ok(())
}
