//! Exchange between own accounts: exactly what was to be sold is sold, at today's rate.

use common::gateway::Effect;
use common::operation::RejectReason;
use common::operation::intent::CurrencyExchange;

use super::{Completion, Facts, Ordered, Plan, entry};
use crate::ledger::chart::Purpose;
use crate::ledger::entry::EntryKind;

/// Two entries through the bank's position in each of the currencies; no row has two (ADR 0003).
pub(super) fn exchange(
    ordered: &Ordered<'_>,
    terms: &CurrencyExchange,
    facts: &Facts,
) -> Result<Plan, RejectReason> {
    let payer = facts.payer(ordered.customer_id, &terms.from_account)?;
    facts.receiver(ordered.customer_id, &terms.to_account)?;
    let rate = facts
        .rate
        .filter(|now| terms.rate.tolerates(*now, terms.tolerance_bp))
        .ok_or(RejectReason::RateMoved)?;
    let bought_in = terms.buy.currency();
    let bought = rate.convert(terms.sell, bought_in).map_err(|_| RejectReason::RateMoved)?;
    if !bought.is_positive() {
        return Err(RejectReason::RateMoved);
    }
    if payer.balance.minor() < terms.sell.minor() {
        return Err(RejectReason::InsufficientFunds);
    }

    let stripe = ordered.stripe();
    let sold_to = Purpose::Position.account(terms.sell.currency(), stripe);
    let bought_from = Purpose::Position.account(bought_in, stripe);
    let line = format!("Exchange at {rate}");
    let entries = [
        entry(&terms.from_account, &sold_to, terms.sell, EntryKind::Exchange, &line),
        entry(&bought_from, &terms.to_account, bought, EntryKind::Exchange, &line),
    ];
    Ok(Plan {
        entries: entries.into_iter().flatten().collect(),
        counted: None,
        completion: Completion::AtOnce(Effect {
            debited: Some(terms.sell),
            credited: Some(bought),
            rate: Some(rate),
            adjusted: rate != terms.rate,
            ..ordered.effect()
        }),
    })
}
