//! What a customer is told of an operation: what happened, where the money is, what to do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::state::OperationState;
use crate::guards::{Guard, Guards};

/// In how many compartments an operation is held. Derived, never stored (protocol §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// In this block's database only: *received, being secured*.
    Saved,
    /// In two compartments, or the back office has an outcome (I3).
    Accepted,
}

impl Durability {
    /// Accepted is what the back office has ended or the archive holds. `archived`: its outbox row
    /// is acknowledged by the archive's present life.
    pub fn of(state: OperationState, archived: bool, guards: Guards) -> Self {
        if archived || state.is_final() || !guards.has(Guard::TwoCompartments) {
            Self::Accepted
        } else {
            Self::Saved
        }
    }
}

/// The facts from which the sentence is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How far it has come.
    pub state: OperationState,
    /// In how many compartments it is.
    pub durability: Durability,
    /// Handed over a while ago, and no outcome yet.
    pub in_doubt: bool,
    /// The customer wants it cancelled.
    pub cancel_requested: bool,
    /// A person looks at it.
    pub parked: bool,
    /// Executed on other terms than confirmed.
    pub adjusted: bool,
}

/// What is shown; one word a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A code is awaited.
    WaitingForConfirmation,
    /// In one compartment.
    Received,
    /// In two, or handed over.
    InProgress,
    /// The outcome is not known.
    BeingChecked,
    /// A cancellation is on its way.
    BeingCancelled,
    /// A person looks at it.
    UnderInvestigation,
    /// Executed as confirmed.
    Done,
    /// Executed within the tolerance.
    DoneOnChangedTerms,
    /// Rejected.
    Declined,
    /// Cancelled.
    Cancelled,
    /// Expired.
    TimeRanOut,
}

impl Shown {
    /// The word for these facts (I15: what is not proved says so).
    pub fn of(facts: Facts) -> Self {
        match facts.state {
            OperationState::Executed if facts.adjusted => Self::DoneOnChangedTerms,
            OperationState::Executed => Self::Done,
            OperationState::Rejected => Self::Declined,
            OperationState::Cancelled => Self::Cancelled,
            OperationState::Expired => Self::TimeRanOut,
            _ if facts.parked => Self::UnderInvestigation,
            _ if facts.cancel_requested => Self::BeingCancelled,
            OperationState::AwaitingConfirmation => Self::WaitingForConfirmation,
            _ if facts.in_doubt => Self::BeingChecked,
            OperationState::Sent => Self::InProgress,
            OperationState::Pending if facts.durability == Durability::Accepted => Self::InProgress,
            OperationState::Pending => Self::Received,
        }
    }

    /// The sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::WaitingForConfirmation => {
                "Waiting for your confirmation. Nothing has been debited; enter the code or cancel."
            }
            Self::Received => {
                "Received, being secured. The money is still on your account and counted as \
                 spent. Do not repeat the order."
            }
            Self::InProgress => {
                "Accepted, in progress. The money is counted as spent. You do not have to do \
                 anything."
            }
            Self::BeingChecked => {
                "Being checked: do not repeat it. We are asking whether it was done and will \
                 show the answer here."
            }
            Self::BeingCancelled => {
                "Being cancelled. If it was already done, we will say so. Do not repeat it."
            }
            Self::UnderInvestigation => {
                "Under investigation by the bank. Do not repeat it; we will contact you."
            }
            Self::Done => "Done.",
            Self::DoneOnChangedTerms => "Done on changed terms, within what you accepted.",
            Self::Declined => "Declined. The money stays with you.",
            Self::Cancelled => "Cancelled. The money stays with you.",
            Self::TimeRanOut => "Not done: time ran out. The money stays with you.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_is_what_two_compartments_hold() {
        let cases = [
            (OperationState::Pending, false, Durability::Saved),
            (OperationState::Sent, false, Durability::Saved),
            (OperationState::Pending, true, Durability::Accepted),
            (OperationState::Rejected, false, Durability::Accepted),
        ];
        for (state, archived, expected) in cases {
            let durability = Durability::of(state, archived, Guards::ALL);
            assert_eq!(durability, expected, "{state} {archived}");
        }
    }

    #[test]
    fn the_word_follows_the_facts() {
        let facts = Facts {
            state: OperationState::Pending,
            durability: Durability::Saved,
            in_doubt: false,
            cancel_requested: false,
            parked: false,
            adjusted: false,
        };
        let executed = Facts { state: OperationState::Executed, parked: true, ..facts };
        let cases = [
            (facts, Shown::Received),
            (Facts { durability: Durability::Accepted, ..facts }, Shown::InProgress),
            (Facts { state: OperationState::Sent, in_doubt: true, ..facts }, Shown::BeingChecked),
            (Facts { cancel_requested: true, in_doubt: true, ..facts }, Shown::BeingCancelled),
            (Facts { parked: true, cancel_requested: true, ..facts }, Shown::UnderInvestigation),
            (executed, Shown::Done),
            (Facts { adjusted: true, ..executed }, Shown::DoneOnChangedTerms),
        ];
        for (facts, expected) in cases {
            assert_eq!(Shown::of(facts), expected, "{facts:?}");
        }
    }
}
