//! The chart of accounts: which accounts the bank itself has, and how customers' are numbered.
//!
//! The bank's own accounts come in sixteen stripes each. An operation uses the stripe that its id
//! names, so that operations do not queue for one row, and all entries of an operation meet on the
//! same stripe.

use common::money::Currency;
use common::{AccountNumber, CustomerId, OperationId};

/// How many rows share the work of each of the bank's own accounts.
pub const STRIPES: u8 = 16;

/// A foreign system that money goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// Term deposits.
    Deposits,
    /// Billers.
    Billers,
    /// Phone operators.
    Topup,
    /// Cash machines.
    Cash,
}

impl Party {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Deposits, Self::Billers, Self::Topup, Self::Cash];

    fn digits(self) -> &'static str {
        match self {
            Self::Deposits => "01",
            Self::Billers => "02",
            Self::Topup => "03",
            Self::Cash => "04",
        }
    }
}

/// What an account of the bank itself is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Money of customers, set aside until a foreign system has answered.
    Holding(Party),
    /// Money that was passed on to a foreign system.
    Clearing(Party),
    /// Fees earned.
    FeeIncome,
    /// What the bank has of a currency through exchanging: its two sides meet here.
    Position,
    /// Where money comes from and goes to beyond this bank.
    Outside,
}

impl Purpose {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let parties = |of: fn(Party) -> Self| Party::ALL.into_iter().map(of);
        parties(Self::Holding).chain(parties(Self::Clearing)).chain([
            Self::FeeIncome,
            Self::Position,
            Self::Outside,
        ])
    }

    /// The account of this purpose, in a currency and on a stripe.
    pub fn account(self, currency: Currency, stripe: u8) -> AccountNumber {
        let (balance_account, party) = match self {
            Self::Holding(party) => ("47422", party.digits()),
            Self::Clearing(party) => ("47423", party.digits()),
            Self::FeeIncome => ("70601", "00"),
            Self::Position => ("47407", "00"),
            Self::Outside => ("30102", "00"),
        };
        let digits = currency.account_digits();
        let stripe = stripe % STRIPES;
        number(format!("{balance_account}{digits}00000000{party}{stripe:02}"))
    }
}

/// The stripe that an operation's entries use.
pub fn stripe_of(operation: OperationId) -> u8 {
    operation.0.as_bytes()[0] % STRIPES
}

/// The stripe of entries that belong to no operation, by whatever number is at hand.
pub fn stripe_of_number(n: u64) -> u8 {
    u8::try_from(n % u64::from(STRIPES)).unwrap_or(0)
}

/// Customers' accounts are numbered by customer and ordinal, so that opening one twice is noticed.
const CUSTOMER_MAX: u64 = 999_999_999;
const ORDINAL_MAX: u16 = 999;

/// The number of a customer's `ordinal`-th account in a currency, from 1; `None` beyond what
/// twenty digits hold.
pub fn customer_account(
    customer: CustomerId,
    currency: Currency,
    ordinal: u16,
) -> Option<AccountNumber> {
    let fits = (1..=CUSTOMER_MAX).contains(&customer.0) && (1..=ORDINAL_MAX).contains(&ordinal);
    let digits = currency.account_digits();
    fits.then(|| number(format!("40817{digits}{:09}{ordinal:03}", customer.0)))
}

#[expect(
    clippy::expect_used,
    reason = "the formats above have twenty digits; a test goes through all of them"
)]
fn number(text: String) -> AccountNumber {
    AccountNumber::try_from(text).expect("the chart's numbers have twenty digits")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_own_account_has_a_number_of_its_own_in_its_currency() {
        let mut seen = BTreeSet::new();
        for purpose in Purpose::all() {
            for currency in Currency::ALL {
                for stripe in 0..STRIPES {
                    let account = purpose.account(currency, stripe);
                    assert_eq!(account.currency(), Some(currency), "{purpose:?}");
                    assert!(seen.insert(account), "{purpose:?} {currency} {stripe}");
                }
            }
        }
        assert_eq!(seen.len(), 11 * 3 * 16);
    }

    #[test]
    fn customers_accounts_follow_from_the_customer() {
        let account = |id, ordinal| customer_account(CustomerId(id), Currency::Usd, ordinal);
        assert_eq!(account(42, 1).unwrap().as_str(), "40817840000000042001");
        assert_eq!(account(CUSTOMER_MAX, 999).unwrap().as_str().len(), 20);
        for (id, ordinal) in [(0, 1), (CUSTOMER_MAX + 1, 1), (1, 0), (1, 1_000)] {
            assert_eq!(account(id, ordinal), None, "{id} {ordinal}");
        }
    }
}
