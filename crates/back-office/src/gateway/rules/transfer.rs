//! Transfers: between own accounts, and to another customer.

use common::gateway::Effect;
use common::operation::RejectReason;
use common::operation::intent::{CustomerTransfer, OwnTransfer};

use super::names::shown_to_others;
use super::{Completion, Facts, Ordered, Plan, entry, total};
use crate::ledger::chart::Purpose;
use crate::ledger::entry::EntryKind;

/// Between own accounts of one currency: no fee, no limit.
pub(super) fn own(
    ordered: &Ordered<'_>,
    terms: &OwnTransfer,
    facts: &Facts,
) -> Result<Plan, RejectReason> {
    let payer = facts.payer(ordered.customer_id, &terms.from_account)?;
    facts.receiver(ordered.customer_id, &terms.to_account)?;
    if payer.balance.minor() < terms.amount.minor() {
        return Err(RejectReason::InsufficientFunds);
    }
    let effect =
        Effect { debited: Some(terms.amount), credited: Some(terms.amount), ..ordered.effect() };
    let (from, to) = (&terms.from_account, &terms.to_account);
    let moved = entry(from, to, terms.amount, EntryKind::Transfer, "Between own accounts");
    Ok(Plan {
        entries: moved.into_iter().collect(),
        counted: None,
        completion: Completion::AtOnce(effect),
    })
}

/// To another customer: still the person who was shown, the fee not above the one that was shown.
pub(super) fn to_customer(
    ordered: &Ordered<'_>,
    terms: &CustomerTransfer,
    facts: &Facts,
) -> Result<Plan, RejectReason> {
    let payer = facts.payer(ordered.customer_id, &terms.from_account)?;
    check_payee(terms, facts)?;
    let fee = facts.fee(terms.amount, terms.fee)?;
    let debited = total(terms.amount, fee)?;
    let counted = facts.affordable(payer, terms.amount, debited)?;

    let income = Purpose::FeeIncome.account(terms.amount.currency(), ordered.stripe());
    let line = if terms.message.is_empty() { "Transfer" } else { &terms.message };
    let (from, to) = (&terms.from_account, &terms.payee.account);
    let entries = [
        entry(from, to, terms.amount, EntryKind::Transfer, line),
        entry(from, &income, fee, EntryKind::Fee, "Fee for a transfer"),
    ];
    Ok(Plan {
        entries: entries.into_iter().flatten().collect(),
        counted,
        completion: Completion::AtOnce(Effect {
            debited: Some(debited),
            credited: Some(terms.amount),
            fee: fee.is_positive().then_some(fee),
            adjusted: fee != terms.fee,
            ..ordered.effect()
        }),
    })
}

fn check_payee(terms: &CustomerTransfer, facts: &Facts) -> Result<(), RejectReason> {
    let account = facts.accounts.get(&terms.payee.account);
    let account = account
        .filter(|account| account.owner.is_some() && account.open)
        .ok_or(RejectReason::PayeeUnknown)?;
    let name_now = account.owner_name.as_deref().map(shown_to_others);
    match &terms.payee.name {
        Some(shown) if name_now.as_ref() != Some(shown) => Err(RejectReason::PayeeChanged),
        _ => Ok(()),
    }
}
