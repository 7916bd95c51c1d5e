//! The second validation (protocol §5, step 4): confirmed terms, the facts as they are now, and
//! what follows from them.
//!
//! Pure: no clock, no database. A rejection is an outcome like any other. The order in which
//! reasons are looked for is part of the contract: account, object (payee, biller, product), fee or
//! rate, limit, funds.

pub mod day;
mod exchange;
mod foreign;
pub mod names;
mod needs;
mod transfer;
pub mod walk;

use std::collections::BTreeMap;

use common::gateway::Effect;
use common::money::Money;
use common::operation::{RejectReason, Terms};
use common::wire::gateway::{Biller, FeeRule, Product};
use common::{AccountNumber, CustomerId, OperationId, Rate};
use serde::{Deserialize, Serialize};

pub use needs::Needs;

use crate::foreign::Order;
use crate::ledger::chart::stripe_of;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::store::Account;

/// An order that was confirmed.
#[derive(Clone, Copy, Debug)]
pub struct Ordered<'a> {
    /// Its id.
    pub operation_id: OperationId,
    /// Who ordered.
    pub customer_id: CustomerId,
    /// What he saw and confirmed.
    pub terms: &'a Terms,
}

/// What is true now, as far as the order needs it ([`Needs`] says what to load).
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The accounts involved, locked; one that does not exist is missing.
    pub accounts: BTreeMap<AccountNumber, Account>,
    /// The fee of this kind; none means no fee.
    pub fee: Option<FeeRule>,
    /// What one unit sold gives.
    pub rate: Option<Rate>,
    /// What the customer may still spend in this way today; `None` where there is no limit.
    pub left_today: Option<Money>,
    /// The deposit, if it is still offered.
    pub product: Option<Product>,
    /// The biller, if it still takes payments.
    pub biller: Option<Biller>,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Do this.
    Apply(Box<Plan>),
    /// Do nothing, for this reason.
    Reject(RejectReason),
}

/// What is done at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Booked in the transaction of the decision.
    pub entries: Vec<Entry>,
    /// Counts towards the daily limit of the kind.
    pub counted: Option<Money>,
    /// What ends the operation.
    pub completion: Completion,
}

/// What ends an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The entries of the plan: this is its effect.
    AtOnce(Effect),
    /// A foreign system's answer.
    Foreign(ForeignPart),
}

/// The part of an operation that a foreign system does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignPart {
    /// What is ordered there.
    pub order: Order,
    /// What is booked when it has answered.
    pub settlement: Settlement,
}

/// What is booked when a foreign system has answered. Kept with the intent row, so that nothing has
/// to be decided again after a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// If the order took effect.
    pub if_done: Vec<Entry>,
    /// If it did not: the hold is given back.
    pub if_refused: Vec<Entry>,
    /// The hold stays until a code for cash was used or its time has passed.
    pub until_code_ends: bool,
    /// What the customer is told.
    pub effect: Effect,
}

/// Decides over an order.
pub fn decide(ordered: &Ordered<'_>, facts: &Facts) -> Verdict {
    if !ordered.terms.faults().is_empty() {
        return Verdict::Reject(RejectReason::NotUnderstood);
    }
    let plan = match ordered.terms {
        Terms::OwnTransfer(terms) => transfer::own(ordered, terms, facts),
        Terms::CustomerTransfer(terms) => transfer::to_customer(ordered, terms, facts),
        Terms::CurrencyExchange(terms) => exchange::exchange(ordered, terms, facts),
        Terms::BillPayment(terms) => foreign::bill(ordered, terms, facts),
        Terms::MobileTopup(terms) => foreign::topup(ordered, terms, facts),
        Terms::DepositOpen(terms) => foreign::deposit(ordered, terms, facts),
        Terms::CashCode(terms) => foreign::cash(ordered, terms, facts),
        Terms::CardFreeze(terms) => Ok(foreign::card_freeze(ordered, terms)),
        Terms::CardUnfreeze(terms) => Ok(foreign::card_unfreeze(ordered, terms)),
    };
    match plan {
        Ok(plan) => Verdict::Apply(Box::new(plan)),
        Err(reason) => Verdict::Reject(reason),
    }
}

impl Ordered<'_> {
    /// What an executed operation did, before anything is said of money.
    fn effect(&self) -> Effect {
        Effect {
            reference: reference(self.operation_id),
            debited: None,
            credited: None,
            fee: None,
            rate: None,
            adjusted: false,
            foreign_reference: None,
        }
    }

    /// The stripe of the bank's own accounts that this operation uses.
    fn stripe(&self) -> u8 {
        stripe_of(self.operation_id)
    }
}

/// The bank's reference on receipts: short enough to be read out, from the operation's id.
fn reference(operation: OperationId) -> String {
    let hex = operation.0.simple().to_string();
    format!("BH-{}", hex[..12].to_uppercase())
}

impl Facts {
    /// The account that pays: the customer's own, and open.
    fn payer(
        &self,
        customer: CustomerId,
        number: &AccountNumber,
    ) -> Result<&Account, RejectReason> {
        let account = self.own(customer, number).ok_or(RejectReason::AccountUnknown)?;
        if account.open { Ok(account) } else { Err(RejectReason::AccountClosed) }
    }

    /// The customer's own account that receives: open.
    fn receiver(
        &self,
        customer: CustomerId,
        number: &AccountNumber,
    ) -> Result<&Account, RejectReason> {
        self.own(customer, number).filter(|account| account.open).ok_or(RejectReason::PayeeUnknown)
    }

    /// An account of the customer, if it is his.
    fn own(&self, customer: CustomerId, number: &AccountNumber) -> Option<&Account> {
        self.accounts.get(number).filter(|account| account.owner == Some(customer))
    }

    /// The fee as it is now, if it is not above the one that was shown.
    fn fee(&self, amount: Money, shown: Money) -> Result<Money, RejectReason> {
        let rule = self.fee.as_ref();
        let now = rule.map_or(Money::zero(amount.currency()), |rule| rule.fee(amount));
        if now.minor() > shown.minor() { Err(RejectReason::FeeRaised) } else { Ok(now) }
    }

    /// Limit first, then funds.
    fn affordable(
        &self,
        payer: &Account,
        amount: Money,
        total: Money,
    ) -> Result<Option<Money>, RejectReason> {
        if self.left_today.is_some_and(|left| amount.minor() > left.minor()) {
            return Err(RejectReason::LimitExceeded);
        }
        if payer.balance.minor() < total.minor() {
            return Err(RejectReason::InsufficientFunds);
        }
        Ok(self.left_today.map(|_| amount))
    }
}

/// Amount and fee; the terms were checked, so the sum exists.
fn total(amount: Money, fee: Money) -> Result<Money, RejectReason> {
    amount.checked_add(fee).map_err(|_| RejectReason::NotUnderstood)
}

/// An entry of `amount`, if there is anything to move.
fn entry(
    debit: &AccountNumber,
    credit: &AccountNumber,
    amount: Money,
    kind: EntryKind,
    description: &str,
) -> Option<Entry> {
    amount.is_positive().then(|| Entry {
        debit: debit.clone(),
        credit: credit.clone(),
        amount,
        kind,
        description: description.to_owned(),
    })
}

#[cfg(test)]
mod tests;
