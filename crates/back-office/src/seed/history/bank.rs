//! The bank's own accounts that history needs, numbered once, and what it did to their balances.

use std::collections::BTreeMap;

use common::{AccountNumber, Currency};

use crate::ledger::chart::{Party, Purpose, STRIPES};

/// What the other side of a customer's entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::seed) enum Own {
    /// The world beyond this bank: employers, shops, other banks.
    Outside,
    /// Paid to billers.
    Billers,
    /// Paid to phone operators.
    Topup,
    /// Fees earned.
    FeeIncome,
    /// Exchanged.
    Position,
}

impl Own {
    const ALL: [Self; 5] =
        [Self::Outside, Self::Billers, Self::Topup, Self::FeeIncome, Self::Position];

    fn purpose(self) -> Purpose {
        match self {
            Self::Outside => Purpose::Outside,
            Self::Billers => Purpose::Clearing(Party::Billers),
            Self::Topup => Purpose::Clearing(Party::Topup),
            Self::FeeIncome => Purpose::FeeIncome,
            Self::Position => Purpose::Position,
        }
    }
}

/// One of the bank's own accounts, by its place in [`Bank`].
pub(in crate::seed) type Place = usize;

/// The bank's own accounts.
#[derive(Debug)]
pub(in crate::seed) struct Bank {
    numbers: Vec<AccountNumber>,
    changes: Vec<i64>,
}

impl Bank {
    pub(in crate::seed) fn new() -> Self {
        let mut numbers = Vec::new();
        for own in Own::ALL {
            for currency in Currency::ALL {
                numbers.extend((0..STRIPES).map(|stripe| own.purpose().account(currency, stripe)));
            }
        }
        let changes = vec![0; numbers.len()];
        Self { numbers, changes }
    }

    /// Where an account stands. Customers share the stripes out among them.
    pub(super) fn place(own: Own, currency: Currency, customer: u64) -> Place {
        let stripes = usize::from(STRIPES);
        let stripe = usize::try_from(customer % u64::from(STRIPES)).unwrap_or(0);
        (own as usize * Currency::ALL.len() + currency as usize) * stripes + stripe
    }

    pub(super) fn number(&self, place: Place) -> &AccountNumber {
        &self.numbers[place]
    }

    pub(super) fn change(&mut self, place: Place, minor: i64) {
        self.changes[place] += minor;
    }

    /// By how much each account's balance changed, where it did.
    pub(in crate::seed) fn changes(self) -> BTreeMap<AccountNumber, i64> {
        let all = self.numbers.into_iter().zip(self.changes);
        all.filter(|(_, change)| *change != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_chart() {
        let bank = Bank::new();
        for own in Own::ALL {
            for currency in Currency::ALL {
                for customer in 0..40 {
                    let stripe = crate::ledger::chart::stripe_of_number(customer);
                    let expected = own.purpose().account(currency, stripe);
                    let place = Bank::place(own, currency, customer);
                    assert_eq!(bank.number(place), &expected, "{own:?} {currency}");
                }
            }
        }
    }
}
