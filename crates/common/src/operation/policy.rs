//! What holds for each kind of operation: one table, typed, in one place.

use super::kind::OperationKind;

/// The policy of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// May it wait until the back office can take it?
    pub deferrable: bool,
    /// Is a code asked for always, or only when the risk system wants it?
    pub confirmation: Confirmation,
    /// What happens when the risk system does not answer.
    pub risk_away: RiskAway,
    /// How long after the review the terms may first be executed, in seconds.
    pub valid_for_s: i64,
}

/// When a one-time code is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Always: the money leaves the customer.
    Always,
    /// Only when risk says *step up*: money stays with the customer, or the act protects him.
    OnStepUp,
}

/// What a block does with an operation when risk is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskAway {
    /// As if risk had allowed it.
    Allow,
    /// As if risk had asked for a code.
    StepUp,
    /// It cannot be ordered now.
    Refuse,
}

const HOUR: i64 = 3_600;

impl OperationKind {
    /// The policy of this kind.
    pub fn policy(self) -> Policy {
        use Confirmation::{Always, OnStepUp};
        let row = |deferrable, confirmation, risk_away, valid_for_s| Policy {
            deferrable,
            confirmation,
            risk_away,
            valid_for_s,
        };
        match self {
            Self::OwnTransfer => row(true, OnStepUp, RiskAway::Allow, 24 * HOUR),
            Self::CustomerTransfer | Self::BillPayment | Self::MobileTopup => {
                row(true, Always, RiskAway::StepUp, 24 * HOUR)
            }
            Self::CurrencyExchange => row(true, OnStepUp, RiskAway::Allow, 4 * HOUR),
            Self::DepositOpen => row(true, OnStepUp, RiskAway::Allow, 24 * HOUR),
            Self::CardFreeze => row(true, OnStepUp, RiskAway::Allow, 72 * HOUR),
            Self::CardUnfreeze => row(true, Always, RiskAway::StepUp, 24 * HOUR),
            Self::CashCode => row(false, Always, RiskAway::Refuse, HOUR / 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cash_is_never_deferred_and_freezing_never_waits_for_risk() {
        assert!(!OperationKind::CashCode.policy().deferrable);
        assert_eq!(OperationKind::CashCode.policy().risk_away, RiskAway::Refuse);
        assert_eq!(OperationKind::CardFreeze.policy().risk_away, RiskAway::Allow);
    }
}
