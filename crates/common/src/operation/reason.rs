//! Why the back office declined an operation: every reason a customer can be told (A6).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The reason of a rejection. Stored with the outcome and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// The account that pays does not exist or is not the customer's.
    AccountUnknown,
    /// The account that pays is closed.
    AccountClosed,
    /// There is not enough money on it.
    InsufficientFunds,
    /// More than the customer's limit.
    LimitExceeded,
    /// The payee's account does not exist or is closed.
    PayeeUnknown,
    /// The payee is not the person who was shown.
    PayeeChanged,
    /// The rate has fallen below the customer's tolerance.
    RateMoved,
    /// The fee is higher than the one shown.
    FeeRaised,
    /// The biller does not exist any more or does not know the reference.
    BillerRefused,
    /// The phone operator refused the number.
    OperatorRefused,
    /// The deposit product is not sold any more or on worse terms than shown.
    ProductChanged,
    /// The card does not exist or is not the customer's.
    CardUnknown,
    /// The system behind the gateway refused for a reason of its own.
    SystemRefused,
    /// The gateway does not understand the order.
    NotUnderstood,
}

impl RejectReason {
    /// All reasons, in the order of the reference.
    pub const ALL: [Self; 14] = [
        Self::AccountUnknown,
        Self::AccountClosed,
        Self::InsufficientFunds,
        Self::LimitExceeded,
        Self::PayeeUnknown,
        Self::PayeeChanged,
        Self::RateMoved,
        Self::FeeRaised,
        Self::BillerRefused,
        Self::OperatorRefused,
        Self::ProductChanged,
        Self::CardUnknown,
        Self::SystemRefused,
        Self::NotUnderstood,
    ];

    /// One sentence for the customer.
    pub fn text(self) -> &'static str {
        match self {
            Self::AccountUnknown => "The account to pay from was not found.",
            Self::AccountClosed => "The account to pay from is closed.",
            Self::InsufficientFunds => "There was not enough money on the account.",
            Self::LimitExceeded => "The amount is above your limit.",
            Self::PayeeUnknown => "The payee's account was not found.",
            Self::PayeeChanged => "The payee is not the person who was shown to you.",
            Self::RateMoved => "The rate had fallen below what you accepted.",
            Self::FeeRaised => "The fee had become higher than the one shown to you.",
            Self::BillerRefused => "The biller did not accept the payment.",
            Self::OperatorRefused => "The phone operator did not accept the number.",
            Self::ProductChanged => "The deposit is no longer offered on the terms shown to you.",
            Self::CardUnknown => "The card was not found.",
            Self::SystemRefused => "The bank's system declined the order.",
            Self::NotUnderstood => "The bank's system did not understand the order.",
        }
    }
}
