//! The review step: from what the customer typed to terms he can confirm, with resolved payee,
//! fee and rate. Nothing is stored; the client sends the intent back with his key.

use common::operation::intent::{
    BillPayment, CardChange, CashCode, CurrencyExchange, CustomerTransfer, DepositOpen,
    MobileTopup, OwnTransfer,
};
use common::operation::policy::Confirmation;
use common::operation::{Intent, OperationKind, Payee, Terms};
use common::problem::{Code, Refusal};
use common::wire::gateway::ResolvePayee;
use common::{AccountNumber, Currency, Money, Phone, Timestamp};
use platform::Failure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::order::proof_due;
use super::terms::{biller_takes, deposit_takes};
use crate::app::gateway::{About, moved};
use crate::app::reference;
use crate::app::sessions::authenticate::Authenticated;
use crate::block::Block;

/// What the customer typed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the terms they become")]
pub enum Draft {
    OwnTransfer {
        from_account: AccountNumber,
        to_account: AccountNumber,
        amount: Money,
    },
    CustomerTransfer {
        from_account: AccountNumber,
        payee: PayeeDraft,
        amount: Money,
        #[serde(default)]
        #[schema(max_length = 140, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]*$")]
        message: String,
    },
    BillPayment {
        from_account: AccountNumber,
        #[schema(min_length = 1, max_length = 64)]
        biller_id: String,
        #[schema(min_length = 1, max_length = 64)]
        reference: String,
        amount: Money,
    },
    MobileTopup {
        from_account: AccountNumber,
        phone: Phone,
        amount: Money,
    },
    CurrencyExchange {
        from_account: AccountNumber,
        to_account: AccountNumber,
        sell: Money,
        #[serde(default)]
        #[schema(maximum = 1000)]
        tolerance_bp: u32,
    },
    DepositOpen {
        from_account: AccountNumber,
        #[schema(min_length = 1, max_length = 64)]
        product_id: String,
        amount: Money,
        term_months: u32,
    },
    CardFreeze {
        #[schema(min_length = 1, max_length = 64)]
        card_id: String,
    },
    CardUnfreeze {
        #[schema(min_length = 1, max_length = 64)]
        card_id: String,
    },
    CashCode {
        from_account: AccountNumber,
        amount: Money,
    },
}

/// How the payee is named.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PayeeDraft {
    /// By phone.
    Phone(Phone),
    /// By account.
    Account(AccountNumber),
}

/// What was found out about the payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayeeCheck {
    /// The name in the terms is the bank's.
    Found,
    /// The back office is away: the name cannot be checked now.
    CannotCheckNow,
    /// Nobody else is paid.
    NotNeeded,
}

/// What the customer is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Review {
    /// To be sent back, exactly, with an `Idempotency-Key`.
    pub intent: Intent,
    /// The most that may be debited; nothing above it is ever taken.
    #[schema(required)]
    pub most: Option<Money>,
    /// Will a code be asked for? (Risk may ask for one in any case.)
    pub code_needed: bool,
    /// What was found out about the payee.
    pub payee_check: PayeeCheck,
    /// May it wait if the back office cannot take it at once?
    pub deferrable: bool,
}

/// Makes a review.
pub async fn review(block: &Block, who: &Authenticated, draft: Draft) -> Result<Review, Failure> {
    let now = block.clock.now();
    let (terms, payee_check) = terms_of(block, who, draft).await?;
    let faults = terms.faults();
    if !faults.is_empty() {
        let refusal = faults.iter().fold(Refusal::new(Code::InvalidRequest), |refusal, fault| {
            refusal.field(fault.field, fault.must)
        });
        return Err(refusal.into());
    }
    let policy = terms.kind().policy();
    let too_much = |_| Refusal::new(Code::LimitExceeded);
    let most = terms.debit().map_err(too_much)?.map(|debit| debit.most);
    // Whole seconds: the time is part of what is hashed and shown.
    let valid_until = Timestamp::from_unix_ms(now.unix_ms() / 1_000 * 1_000);
    let intent = Intent { terms, valid_until: valid_until.plus_s(policy.valid_for_s) };
    let code_needed =
        policy.confirmation == Confirmation::Always || proof_due(who, intent.terms.kind());
    Ok(Review { intent, most, code_needed, payee_check, deferrable: policy.deferrable })
}

async fn terms_of(
    block: &Block,
    who: &Authenticated,
    draft: Draft,
) -> Result<(Terms, PayeeCheck), Failure> {
    let fee = |kind, amount| reference::fee(block, kind, amount);
    let terms = match draft {
        Draft::CustomerTransfer { from_account, payee, amount, message } => {
            let (payee, check) = find_payee(block, who, payee, amount.currency()).await?;
            let fee = fee(OperationKind::CustomerTransfer, amount).await?;
            let terms = CustomerTransfer { from_account, payee, amount, fee, message };
            return Ok((Terms::CustomerTransfer(terms), check));
        }
        Draft::OwnTransfer { from_account, to_account, amount } => {
            Terms::OwnTransfer(OwnTransfer { from_account, to_account, amount })
        }
        Draft::BillPayment { from_account, biller_id, reference, amount } => {
            let biller = reference::biller(block, &biller_id).await?.ok_or(Code::BillerUnknown)?;
            biller_takes(&biller, &reference)?;
            let fee = fee(OperationKind::BillPayment, amount).await?;
            let biller_name = biller.name;
            let terms =
                BillPayment { from_account, biller_id, biller_name, reference, amount, fee };
            Terms::BillPayment(terms)
        }
        Draft::MobileTopup { from_account, phone, amount } => {
            let fee = fee(OperationKind::MobileTopup, amount).await?;
            Terms::MobileTopup(MobileTopup { from_account, phone, amount, fee })
        }
        Draft::CurrencyExchange { from_account, to_account, sell, tolerance_bp } => {
            exchange(block, from_account, to_account, sell, tolerance_bp).await?
        }
        Draft::DepositOpen { from_account, product_id, amount, term_months } => {
            deposit(block, from_account, product_id, amount, term_months).await?
        }
        Draft::CardFreeze { card_id } => Terms::CardFreeze(CardChange { card_id }),
        Draft::CardUnfreeze { card_id } => Terms::CardUnfreeze(CardChange { card_id }),
        Draft::CashCode { from_account, amount } => {
            let fee = fee(OperationKind::CashCode, amount).await?;
            Terms::CashCode(CashCode { from_account, amount, fee })
        }
    };
    Ok((terms, PayeeCheck::NotNeeded))
}

async fn find_payee(
    block: &Block,
    who: &Authenticated,
    payee: PayeeDraft,
    currency: Currency,
) -> Result<(Payee, PayeeCheck), Failure> {
    let (phone, account) = match payee {
        PayeeDraft::Phone(phone) => (Some(phone), None),
        PayeeDraft::Account(account) => (None, Some(account)),
    };
    let question = ResolvePayee {
        customer_id: who.scope.customer,
        generation: who.generation,
        phone: phone.clone(),
        account: account.clone(),
        currency,
    };
    let about = About::new(block, &who.scope, who.generation);
    match about.payee(&question).await {
        Ok(Some(found)) => {
            let payee = Payee { account: found.account, name: Some(found.name), phone };
            Ok((payee, PayeeCheck::Found))
        }
        Ok(None) => Err(Code::PayeeUnknown.into()),
        Err(error) if moved(&error) => Err(Code::PlacementMoved.into()),
        Err(error) => match account {
            // An account can be paid unseen; a phone without the directory leads to no account.
            Some(account) => {
                Ok((Payee { account, name: None, phone: None }, PayeeCheck::CannotCheckNow))
            }
            None => Err(error.into()),
        },
    }
}

async fn exchange(
    block: &Block,
    from_account: AccountNumber,
    to_account: AccountNumber,
    sell: Money,
    tolerance_bp: u32,
) -> Result<Terms, Failure> {
    let wrong = |field: &str, must: &str| Refusal::new(Code::InvalidRequest).field(field, must);
    let currency = to_account
        .currency()
        .ok_or_else(|| wrong("to_account", "must be held in one of the bank's currencies"))?;
    if currency == sell.currency() {
        return Err(wrong("to_account", "must be held in another currency than is sold").into());
    }
    let rate = reference::rate(block, sell.currency(), currency)
        .await?
        .ok_or(Code::BackOfficeUnavailable)?;
    let too_large = |_| wrong("sell", "is more than the bank handles");
    let buy = rate.convert(sell, currency).map_err(too_large)?;
    let terms = CurrencyExchange { from_account, to_account, sell, buy, rate, tolerance_bp };
    Ok(Terms::CurrencyExchange(terms))
}

async fn deposit(
    block: &Block,
    from_account: AccountNumber,
    product_id: String,
    amount: Money,
    term_months: u32,
) -> Result<Terms, Failure> {
    let product = reference::deposit(block, &product_id).await?.ok_or(Code::ProductUnknown)?;
    deposit_takes(&product, amount, term_months)?;
    Ok(Terms::DepositOpen(DepositOpen {
        from_account,
        product_id,
        product_name: product.name,
        amount,
        rate_bp: product.rate_bp,
        term_months,
    }))
}
