//! Orders that a foreign system carries out: the money is held first, and posted or given back when
//! the system has answered (protocol §5).

use common::AccountNumber;
use common::gateway::Effect;
use common::money::Money;
use common::operation::RejectReason;
use common::operation::intent::{BillPayment, CardChange, CashCode, DepositOpen, MobileTopup};
use common::wire::gateway::Product;

use super::{Completion, Facts, ForeignPart, Ordered, Plan, Settlement, entry, total};
use crate::foreign::Order;
use crate::ledger::chart::{Party, Purpose};
use crate::ledger::entry::{Entry, EntryKind};

/// A bill, to a biller that still takes payments.
pub(super) fn bill(
    ordered: &Ordered<'_>,
    terms: &BillPayment,
    facts: &Facts,
) -> Result<Plan, RejectReason> {
    let payer = facts.payer(ordered.customer_id, &terms.from_account)?;
    let biller = facts.biller.as_ref().ok_or(RejectReason::BillerRefused)?;
    let fee = facts.fee(terms.amount, terms.fee)?;
    let counted = facts.affordable(payer, terms.amount, total(terms.amount, fee)?)?;
    let paid = Paid {
        party: Party::Billers,
        from: &terms.from_account,
        amount: terms.amount,
        fee,
        line: format!("Payment to {}", biller.name),
    };
    let order = Order::BillPayment {
        biller_id: terms.biller_id.clone(),
        reference: terms.reference.clone(),
        amount: terms.amount,
    };
    paid.plan(ordered, order, counted, fee != terms.fee)
}

/// A phone's balance; whether the number exists is the operator's business.
pub(super) fn topup(
    ordered: &Ordered<'_>,
    terms: &MobileTopup,
    facts: &Facts,
) -> Result<Plan, RejectReason> {
    let payer = facts.payer(ordered.customer_id, &terms.from_account)?;
    let fee = facts.fee(terms.amount, terms.fee)?;
    let counted = facts.affordable(payer, terms.amount, total(terms.amount, fee)?)?;
    let paid = Paid {
        party: Party::Topup,
        from: &terms.from_account,
        amount: terms.amount,
        fee,
        line: format!("Top-up of {}", terms.phone.masked()),
    };
    let order = Order::MobileTopup { phone: terms.phone.clone(), amount: terms.amount };
    paid.plan(ordered, order, counted, fee != terms.fee)
}

/// A deposit, on terms that are still offered; at today's rate where that is better.
pub(super) fn deposit(
    ordered: &Ordered<'_>,
    terms: &DepositOpen,
    facts: &Facts,
) -> Result<Plan, RejectReason> {
    let payer = facts.payer(ordered.customer_id, &terms.from_account)?;
    let product = facts
        .product
        .as_ref()
        .filter(|product| still_offered(product, terms))
        .ok_or(RejectReason::ProductChanged)?;
    let counted = facts.affordable(payer, terms.amount, terms.amount)?;
    let paid = Paid {
        party: Party::Deposits,
        from: &terms.from_account,
        amount: terms.amount,
        fee: Money::zero(terms.amount.currency()),
        line: format!("Deposit {}", product.name),
    };
    let order = Order::DepositOpen {
        product_id: terms.product_id.clone(),
        amount: terms.amount,
        rate_bp: product.rate_bp,
        term_months: terms.term_months,
        from_account: terms.from_account.clone(),
    };
    paid.plan(ordered, order, counted, product.rate_bp != terms.rate_bp)
}

fn still_offered(product: &Product, terms: &DepositOpen) -> bool {
    let bounds = product.least.minor()..=product.most.minor();
    product.kind == "deposit"
        && product.currency == terms.amount.currency()
        && product.rate_bp >= terms.rate_bp
        && product.terms_months.contains(&terms.term_months)
        && bounds.contains(&terms.amount.minor())
}

/// Cash: the money stays held until the code was used or its time has passed.
pub(super) fn cash(
    ordered: &Ordered<'_>,
    terms: &CashCode,
    facts: &Facts,
) -> Result<Plan, RejectReason> {
    let payer = facts.payer(ordered.customer_id, &terms.from_account)?;
    let fee = facts.fee(terms.amount, terms.fee)?;
    let counted = facts.affordable(payer, terms.amount, total(terms.amount, fee)?)?;
    let paid = Paid {
        party: Party::Cash,
        from: &terms.from_account,
        amount: terms.amount,
        fee,
        line: "Cash by code".to_owned(),
    };
    let order = Order::CashCode { amount: terms.amount };
    paid.plan(ordered, order, counted, fee != terms.fee)
}

/// A card is frozen. Whether it is the customer's, the card system knows.
pub(super) fn card_freeze(ordered: &Ordered<'_>, terms: &CardChange) -> Plan {
    let card_id = terms.card_id.clone();
    without_money(ordered, Order::CardFreeze { card_id })
}

/// A frozen card is used again.
pub(super) fn card_unfreeze(ordered: &Ordered<'_>, terms: &CardChange) -> Plan {
    let card_id = terms.card_id.clone();
    without_money(ordered, Order::CardUnfreeze { card_id })
}

fn without_money(ordered: &Ordered<'_>, order: Order) -> Plan {
    let settlement = Settlement {
        if_done: Vec::new(),
        if_refused: Vec::new(),
        until_code_ends: false,
        effect: ordered.effect(),
    };
    Plan {
        entries: Vec::new(),
        counted: None,
        completion: Completion::Foreign(ForeignPart { order, settlement }),
    }
}

/// Money on its way to a foreign system.
struct Paid<'a> {
    party: Party,
    from: &'a AccountNumber,
    amount: Money,
    fee: Money,
    line: String,
}

impl Paid<'_> {
    fn plan(
        self,
        ordered: &Ordered<'_>,
        order: Order,
        counted: Option<Money>,
        adjusted: bool,
    ) -> Result<Plan, RejectReason> {
        let debited = total(self.amount, self.fee)?;
        let effect = Effect {
            debited: Some(debited),
            credited: Some(self.amount),
            fee: self.fee.is_positive().then_some(self.fee),
            adjusted,
            ..ordered.effect()
        };
        let settlement = Settlement {
            if_done: self.posting(ordered.stripe()),
            if_refused: self.giving_back(ordered.stripe(), debited),
            until_code_ends: self.party == Party::Cash,
            effect,
        };
        Ok(Plan {
            entries: self.holding(ordered.stripe()),
            counted,
            completion: Completion::Foreign(ForeignPart { order, settlement }),
        })
    }

    fn hold_account(&self, stripe: u8) -> AccountNumber {
        Purpose::Holding(self.party).account(self.amount.currency(), stripe)
    }

    fn holding(&self, stripe: u8) -> Vec<Entry> {
        let hold = self.hold_account(stripe);
        let fee_line = format!("{}: fee", self.line);
        let entries = [
            entry(self.from, &hold, self.amount, EntryKind::Hold, &self.line),
            entry(self.from, &hold, self.fee, EntryKind::Fee, &fee_line),
        ];
        entries.into_iter().flatten().collect()
    }

    fn posting(&self, stripe: u8) -> Vec<Entry> {
        let hold = self.hold_account(stripe);
        let currency = self.amount.currency();
        let passed_on = Purpose::Clearing(self.party).account(currency, stripe);
        let income = Purpose::FeeIncome.account(currency, stripe);
        let entries = [
            entry(&hold, &passed_on, self.amount, EntryKind::Posting, &self.line),
            entry(&hold, &income, self.fee, EntryKind::Fee, &self.line),
        ];
        entries.into_iter().flatten().collect()
    }

    fn giving_back(&self, stripe: u8, debited: Money) -> Vec<Entry> {
        let hold = self.hold_account(stripe);
        let line = format!("{}: given back", self.line);
        entry(&hold, self.from, debited, EntryKind::GiveBack, &line).into_iter().collect()
    }
}
