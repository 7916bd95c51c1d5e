//! The kinds of operation.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What sort of thing is ordered.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Between two own accounts in one currency.
    OwnTransfer,
    /// To another customer of the bank, found by phone or account.
    CustomerTransfer,
    /// To a biller (electricity, water, internet …).
    BillPayment,
    /// To a mobile phone's balance.
    MobileTopup,
    /// From one currency to another, between own accounts.
    CurrencyExchange,
    /// A new term deposit from an own account.
    DepositOpen,
    /// A card is frozen.
    CardFreeze,
    /// A frozen card is used again.
    CardUnfreeze,
    /// Cash from a machine, by a code. Never deferred, never cached.
    CashCode,
}

impl OperationKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::OwnTransfer,
        Self::CustomerTransfer,
        Self::BillPayment,
        Self::MobileTopup,
        Self::CurrencyExchange,
        Self::DepositOpen,
        Self::CardFreeze,
        Self::CardUnfreeze,
        Self::CashCode,
    ];

    /// The word in databases, answers and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OwnTransfer => "own_transfer",
            Self::CustomerTransfer => "customer_transfer",
            Self::BillPayment => "bill_payment",
            Self::MobileTopup => "mobile_topup",
            Self::CurrencyExchange => "currency_exchange",
            Self::DepositOpen => "deposit_open",
            Self::CardFreeze => "card_freeze",
            Self::CardUnfreeze => "card_unfreeze",
            Self::CashCode => "cash_code",
        }
    }

    /// The kind that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
