//! The message with the code: says whom is paid and the most that may be debited, because that is
//! what the code is bound to.

use common::login::CODE_ATTEMPTS;
use common::operation::{Intent, Terms};
use common::problem::{Code, Refusal};
use common::{OperationId, Phone, Timestamp};
use platform::Failure;

use super::drive::unfinished;
use crate::app::codes;
use crate::app::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::confirmation::Confirmation;
use crate::store::operation::Operation;

/// A new code for an operation that waits for one (the first was lost or is too old, or is another
/// block's). Attempts are not renewed. Says whether the message system took it.
pub async fn resend(block: &Block, who: &Authenticated, id: OperationId) -> Result<bool, Failure> {
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    who.enter(block, &tx).await?;
    let operation = store::operation::lock(&tx, &who.scope, id).await?;
    let operation = operation.ok_or(Code::OperationUnknown)?;
    let earlier = store::confirmation::lock(&tx, &who.scope, id).await?;
    if !unfinished(&operation, 0).confirmable(now) {
        return Err(Code::OperationNotAwaiting.into());
    }
    let code = codes::make();
    let mut kept = first(&operation, &code, now);
    if let Some(Confirmation { attempts_left, codes_sent, .. }) = earlier {
        if codes_sent >= block.config.operations.codes_max {
            let detail = "No more codes are sent for this order. Cancel it and order again.";
            return Err(Refusal::new(Code::CodeExpired).detail(detail).into());
        }
        kept = Confirmation { attempts_left, codes_sent: codes_sent + 1, ..kept };
    }
    store::confirmation::put(&tx, id, &kept).await?;
    tx.commit().await?;
    drop(connection);
    send(block, who, &operation, &code).await
}

/// The first code that this block makes for an operation.
pub(super) fn first(operation: &Operation, code: &str, now: Timestamp) -> Confirmation {
    Confirmation {
        code_hash: codes::hash(operation.id.0, &operation.intent_hash.0, code).to_vec(),
        attempts_left: i32::try_from(CODE_ATTEMPTS).unwrap_or(5),
        codes_sent: 1,
        expires_at: codes::expires_at(now),
    }
}

/// Sends a code to the customer's phone.
pub(super) async fn send(
    block: &Block,
    who: &Authenticated,
    operation: &Operation,
    code: &str,
) -> Result<bool, Failure> {
    let connection = block.db.connection().await?;
    let customer = store::customer::find(&connection, who.scope.customer).await?;
    drop(connection);
    let customer = customer.ok_or(Code::Unauthenticated)?;
    let unreadable = |error| Failure::Broken(format!("a stored intent cannot be read: {error}"));
    let intent = Intent::from_value(&operation.intent).map_err(unreadable)?;
    Ok(codes::send(block, &customer.phone, text(&intent.terms, code)).await)
}

fn text(terms: &Terms, code: &str) -> String {
    let most = terms.debit().ok().flatten();
    let most = most.map(|debit| {
        format!(" At most {} will be debited from {}.", debit.most, debit.account.masked())
    });
    let most = most.unwrap_or_default();
    format!("{}.{most} Code: {code}. Tell it to nobody.", what(terms))
}

fn what(terms: &Terms) -> String {
    match terms {
        Terms::OwnTransfer(t) => {
            format!("Transfer of {} to your account {}", t.amount, t.to_account.masked())
        }
        Terms::CustomerTransfer(t) => {
            let name = t.payee.name.as_deref().unwrap_or("a payee whose name was not checked");
            format!("Transfer of {} to {name}, account {}", t.amount, t.payee.account.masked())
        }
        Terms::BillPayment(t) => format!("Payment of {} to {}", t.amount, t.biller_name),
        Terms::MobileTopup(t) => {
            format!("Top-up of {} for the phone {}", t.amount, Phone::masked(&t.phone))
        }
        Terms::CurrencyExchange(t) => {
            format!("Exchange of {} for about {} at {}", t.sell, t.buy, t.rate)
        }
        Terms::DepositOpen(t) => format!("Deposit of {} ({})", t.amount, t.product_name),
        Terms::CardFreeze(_) => "Freezing a card".to_owned(),
        Terms::CardUnfreeze(_) => "Using a frozen card again".to_owned(),
        Terms::CashCode(t) => format!("Cash code for {}", t.amount),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_message_names_the_payee_and_the_most() {
        let terms: Terms = serde_json::from_value(json!({
            "kind": "customer_transfer", "from_account": "40817810000000000001",
            "payee": {"account": "40817810000000000042", "name": "Anna P."},
            "amount": {"amount": "100.00", "currency": "RUB"},
            "fee": {"amount": "1.00", "currency": "RUB"}, "message": "",
        }))
        .unwrap();
        assert_eq!(
            text(&terms, "123456"),
            "Transfer of 100.00 RUB to Anna P., account •• 0042. At most 101.00 RUB will be \
             debited from •• 0001. Code: 123456. Tell it to nobody."
        );
    }
}
