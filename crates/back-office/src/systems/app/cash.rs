//! Codes for cash: made for an order, shown to their customer, paid out once or closed unused.

use common::operation::RejectReason;
use common::problem::Code;
use common::wire::gateway::CashCodeShown;
use common::{CustomerId, Money, OperationId, Timestamp};
use deadpool_postgres::Transaction;
use platform::{Failure, random};
use serde_json::json;

use super::orders::reference;
use crate::foreign::{CashDetails, CodeEnd, OrderAnswer};
use crate::systems::running::Running;
use crate::systems::store;
use crate::systems::store::codes::{CashCode, CodeState};

/// How often other digits are drawn when an open code has them already. With a million codes open
/// at once, eight draws fail once in 10^16 orders.
const DRAWS: usize = 8;

/// Makes a code in the transaction of its order.
pub(super) async fn make_code(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    operation: OperationId,
    amount: Money,
    expires_at: Timestamp,
) -> Result<OrderAnswer, Failure> {
    for _ in 0..DRAWS {
        let code = CashCode {
            code: format!("{:08}", random::below(100_000_000)),
            amount,
            expires_at,
            state: CodeState::Open,
        };
        if store::codes::keep(transaction, customer, operation, &code).await? {
            return Ok(OrderAnswer::Done {
                reference: reference("CASH", operation),
                details: json!(CashDetails { expires_at }),
            });
        }
    }
    let reason = RejectReason::SystemRefused;
    Ok(OrderAnswer::Refused { reason })
}

/// The code, for the customer who ordered it, while a machine would pay it out.
pub(in crate::systems) async fn show(
    system: &Running,
    customer: CustomerId,
    operation: OperationId,
) -> Result<CashCodeShown, Failure> {
    let connection = system.db.connection().await?;
    let found = store::codes::of_customer(&connection, customer, operation).await?;
    let now = system.clock.now();
    let usable = found.filter(|code| code.state == CodeState::Open && now < code.expires_at);
    let code = usable.ok_or(Code::NothingToShow)?;
    Ok(CashCodeShown { code: code.code, expires_at: code.expires_at, amount: code.amount })
}

/// Says how a code ended, and ends it if its time has passed: afterwards no machine pays it out.
pub(in crate::systems) async fn close(
    system: &Running,
    operation: OperationId,
) -> Result<CodeEnd, Failure> {
    let mut connection = system.db.connection().await?;
    let transaction = connection.transaction().await?;
    let held = store::codes::hold(&transaction, operation).await?;
    let code = held.ok_or(Code::OperationUnknown)?;
    match code.state {
        CodeState::Redeemed => return Ok(CodeEnd::Redeemed),
        CodeState::Expired => return Ok(CodeEnd::Expired),
        CodeState::Open if system.clock.now() < code.expires_at => return Ok(CodeEnd::Open),
        CodeState::Open => {}
    }
    store::codes::end(&transaction, operation, CodeState::Expired).await?;
    transaction.commit().await?;
    Ok(CodeEnd::Expired)
}

/// What a machine does with a code: pays it out, once. Says how much.
pub(in crate::systems) async fn redeem(system: &Running, digits: &str) -> Result<Money, Failure> {
    let mut connection = system.db.connection().await?;
    let transaction = connection.transaction().await?;
    let held = store::codes::hold_open(&transaction, digits).await?;
    let (operation, code) = held.ok_or(Code::CodeWrong)?;
    if system.clock.now() >= code.expires_at {
        return Err(Code::CodeExpired.into());
    }
    store::codes::end(&transaction, operation, CodeState::Redeemed).await?;
    transaction.commit().await?;
    Ok(code.amount)
}
