//! The first validation: are these the terms that a review of this bank gives, now? The second is
//! the gateway's, in the transaction that applies them.

use common::operation::policy::Policy;
use common::operation::{Intent, OperationKind, Terms};
use common::problem::{Code, Refusal};
use common::wire::gateway::{Biller, Product};
use common::{Money, Timestamp};
use platform::Failure;

use crate::app::reference;
use crate::block::Block;

/// Checks an intent by itself and against the reference data that the block has.
pub(super) async fn check(block: &Block, intent: &Intent, now: Timestamp) -> Result<(), Failure> {
    let faults = intent.terms.faults();
    if !faults.is_empty() {
        let refusal = faults.iter().fold(Refusal::new(Code::InvalidRequest), |refusal, fault| {
            refusal.field(format!("intent.terms.{}", fault.field), fault.must)
        });
        return Err(refusal.into());
    }
    let kind = intent.terms.kind();
    within_time(intent, kind.policy(), now)?;
    match &intent.terms {
        Terms::CustomerTransfer(t) => fee(block, kind, t.amount, t.fee).await,
        Terms::MobileTopup(t) => fee(block, kind, t.amount, t.fee).await,
        Terms::CashCode(t) => fee(block, kind, t.amount, t.fee).await,
        Terms::BillPayment(t) => {
            let found = reference::biller(block, &t.biller_id).await?;
            biller_takes(&found.ok_or(Code::BillerUnknown)?, &t.reference)?;
            fee(block, kind, t.amount, t.fee).await
        }
        Terms::DepositOpen(t) => {
            let found = reference::deposit(block, &t.product_id).await?;
            deposit_takes(&found.ok_or(Code::ProductUnknown)?, t.amount, t.term_months)
        }
        // The rate may have moved since the review: the customer's tolerance and the gateway
        // decide about that.
        Terms::OwnTransfer(_)
        | Terms::CurrencyExchange(_)
        | Terms::CardFreeze(_)
        | Terms::CardUnfreeze(_) => Ok(()),
    }
}

/// Is the number one that the biller could have given?
pub(super) fn biller_takes(biller: &Biller, number: &str) -> Result<(), Failure> {
    let digits = usize::try_from(biller.reference_digits).unwrap_or(0);
    if number.len() == digits && number.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    let must = format!("{} has {digits} digits", biller.reference_name);
    Err(Refusal::new(Code::InvalidRequest).field("reference", must).into())
}

/// Is the deposit offered for this amount and term?
pub(super) fn deposit_takes(
    product: &Product,
    amount: Money,
    term_months: u32,
) -> Result<(), Failure> {
    let refuse =
        |field, must: String| Err(Refusal::new(Code::InvalidRequest).field(field, must).into());
    if !product.terms_months.contains(&term_months) {
        return refuse("term_months", format!("must be one of {:?}", product.terms_months));
    }
    if amount.currency() != product.currency {
        return refuse("amount", format!("must be in {}", product.currency));
    }
    if !(product.least.minor()..=product.most.minor()).contains(&amount.minor()) {
        return refuse("amount", format!("must be {} to {}", product.least, product.most));
    }
    Ok(())
}

fn within_time(intent: &Intent, policy: Policy, now: Timestamp) -> Result<(), Failure> {
    if now > intent.valid_until {
        return Err(Code::ReviewExpired.into());
    }
    // A minute of grace for the clocks of two processes.
    if intent.valid_until > now.plus_s(policy.valid_for_s + 60) {
        return Err(Code::ReviewAltered.into());
    }
    Ok(())
}

/// A fee below today's was never shown (or is not offered any more): a new review says which.
async fn fee(
    block: &Block,
    kind: OperationKind,
    amount: Money,
    shown: Money,
) -> Result<(), Failure> {
    let today = reference::fee(block, kind, amount).await?;
    if shown.minor() < today.minor() {
        return Err(Refusal::new(Code::ReviewAltered)
            .detail(format!("The fee is {today}. Review the order again."))
            .into());
    }
    Ok(())
}
