//! Accounts and their past, as double entry: every amount leaves one account and arrives at
//! another one, and a balance is what the entries say (I16).
//!
//! Customers are made in pairs (1 and 2, 3 and 4 …) who send money to each other. So everything
//! that touches an account is known when its pair is made, and the entries of an account can be
//! written in the order of their times: the ledger numbers them as they come.

mod bank;
mod life;
mod pair;

use common::{AccountNumber, Currency, CustomerId};

use super::chance::Chance;
use crate::ledger::chart::customer_account;

pub(super) use bank::Bank;
pub(super) use pair::{Books, Calendar, Pair, write};

/// Customers up to this number have months of history, the others twenty entries each.
pub(super) const RICH_THROUGH: u64 = 1_000;

/// A kind of account that customers have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) currency: Currency,
    ordinal: u16,
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    /// Of a hundred customers, this many have one.
    share: u64,
    /// What is on it at first: at least this, and up to so much more, in minor units.
    pub(super) least_minor: i64,
    pub(super) spread_minor: u64,
}

/// The accounts a customer can have; the first is everybody's.
pub(super) const OPENINGS: [Opening; 4] = [
    Opening {
        currency: Currency::Rub,
        ordinal: 1,
        kind: "current",
        name: "Current account",
        share: 100,
        least_minor: 2_000_000,
        spread_minor: 30_000_000,
    },
    Opening {
        currency: Currency::Rub,
        ordinal: 2,
        kind: "savings",
        name: "Savings",
        share: 35,
        least_minor: 5_000_000,
        spread_minor: 100_000_000,
    },
    Opening {
        currency: Currency::Usd,
        ordinal: 1,
        kind: "current",
        name: "Dollars",
        share: 30,
        least_minor: 10_000,
        spread_minor: 1_000_000,
    },
    Opening {
        currency: Currency::Eur,
        ordinal: 1,
        kind: "current",
        name: "Euros",
        share: 15,
        least_minor: 10_000,
        spread_minor: 800_000,
    },
];

/// Does this customer have a current account in the currency?
pub(super) fn opens(customer: CustomerId, currency: Currency) -> bool {
    let chance = Chance::of(customer.0);
    let opening = OPENINGS.iter().position(|o| o.currency == currency);
    opening.is_some_and(|at| has(chance, at))
}

/// The number of a customer's current account in a currency.
pub(super) fn main_account(customer: CustomerId, currency: Currency) -> Option<AccountNumber> {
    customer_account(customer, currency, 1)
}

fn has(chance: Chance, opening: usize) -> bool {
    chance.percent(100 + opening as u64, OPENINGS[opening].share)
}

fn number(customer: CustomerId, opening: &Opening) -> Option<AccountNumber> {
    customer_account(customer, opening.currency, opening.ordinal)
}
