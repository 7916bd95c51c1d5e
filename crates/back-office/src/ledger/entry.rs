//! An entry before it is booked.

use std::collections::BTreeMap;

use common::money::Money;
use common::{AccountNumber, OperationId};
use serde::{Deserialize, Serialize};

/// Why money moved; the word is kept with the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// From one customer's account to another one.
    Transfer,
    /// A fee.
    Fee,
    /// One side of an exchange.
    Exchange,
    /// Set aside until a foreign system has answered.
    Hold,
    /// A hold that was passed on.
    Posting,
    /// A hold that was given back.
    GiveBack,
    /// Came in from outside.
    Incoming,
    /// A card was used.
    CardPurchase,
}

impl EntryKind {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Fee => "fee",
            Self::Exchange => "exchange",
            Self::Hold => "hold",
            Self::Posting => "posting",
            Self::GiveBack => "give_back",
            Self::Incoming => "incoming",
            Self::CardPurchase => "card_purchase",
        }
    }
}

/// Money from one account to another one. Positive, both accounts in the money's currency: the
/// database refuses anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The money leaves this account.
    pub debit: AccountNumber,
    /// The money arrives here.
    pub credit: AccountNumber,
    /// How much.
    pub amount: Money,
    /// Why.
    pub kind: EntryKind,
    /// A line for the history; never a name or a full account number of somebody else.
    pub description: String,
}

/// Entries that are booked together.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// The operation they belong to, with the number of its first leg here.
    pub operation: Option<(OperationId, i16)>,
    /// In the order of their legs.
    pub entries: &'a [Entry],
}

/// By how much each account changes, in account-number order.
pub fn changes(entries: &[Entry]) -> BTreeMap<&AccountNumber, i64> {
    let mut changes = BTreeMap::new();
    for entry in entries {
        *changes.entry(&entry.debit).or_insert(0) -= entry.amount.minor();
        *changes.entry(&entry.credit).or_insert(0) += entry.amount.minor();
    }
    changes
}

#[cfg(test)]
mod tests {
    use common::money::Currency;

    use super::*;

    #[test]
    fn changes_cancel_out() {
        let number =
            |n: u8| -> AccountNumber { format!("408178100000000000{n:02}").parse().unwrap() };
        let entry = |debit, credit, minor| Entry {
            debit: number(debit),
            credit: number(credit),
            amount: Money::from_minor(minor, Currency::Rub),
            kind: EntryKind::Transfer,
            description: String::new(),
        };
        let entries = [entry(2, 1, 50), entry(2, 3, 5), entry(3, 1, 1)];
        let changes = changes(&entries);
        let found: Vec<_> = changes.values().copied().collect();
        assert_eq!(found, [51, -55, 4]);
        assert_eq!(found.iter().sum::<i64>(), 0);
    }
}
