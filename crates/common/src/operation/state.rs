//! The states of an operation and how they join.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far an operation has come. Progress only joins upward (I8); the last four are final and
/// come from the gateway only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// The customer has yet to enter the code.
    AwaitingConfirmation,
    /// Confirmed; not yet handed to the back office.
    Pending,
    /// Handed to the back office; the outcome is not known here.
    Sent,
    /// Done.
    Executed,
    /// Declined by the back office, with a reason.
    Rejected,
    /// Cancelled before it was done.
    Cancelled,
    /// Its time ran out before it was done.
    Expired,
}

impl OperationState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::AwaitingConfirmation,
        Self::Pending,
        Self::Sent,
        Self::Executed,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Has it ended?
    pub fn is_final(self) -> bool {
        self.rank() == 3
    }

    /// Its place on the way up; all final states share the highest.
    pub fn rank(self) -> u8 {
        match self {
            Self::AwaitingConfirmation => 0,
            Self::Pending => 1,
            Self::Sent => 2,
            Self::Executed | Self::Rejected | Self::Cancelled | Self::Expired => 3,
        }
    }

    /// May a block that holds this state store `next`? Upward only; a final state stays.
    pub fn may_become(self, next: Self) -> bool {
        !self.is_final() && next.rank() >= self.rank()
    }

    /// The word in databases and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingConfirmation => "awaiting_confirmation",
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Executed => "executed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The ISO 20022 status code that stands beside it in answers.
    pub fn iso_status(self) -> &'static str {
        match self {
            Self::AwaitingConfirmation => "RCVD",
            Self::Pending => "PDNG",
            Self::Sent => "ACSP",
            Self::Executed => "ACSC",
            Self::Rejected | Self::Expired => "RJCT",
            Self::Cancelled => "CANC",
        }
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_only_rise_and_final_ones_stay() {
        for from in OperationState::ALL {
            for to in OperationState::ALL {
                let rises = from.rank() <= to.rank() && !from.is_final();
                assert_eq!(from.may_become(to), rises, "{from} -> {to}");
            }
            assert_eq!(OperationState::parse(from.as_str()), Some(from));
        }
    }
}
