//! The systems that are simulated, and which of them are alike.

use std::fmt;

/// A simulated system of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Cards, frozen and not.
    Cards,
    /// Term deposits.
    Deposits,
    /// Loans that customers have.
    Loans,
    /// Policies.
    Insurance,
    /// Pension savings.
    Pension,
    /// Brokerage accounts.
    Investments,
    /// Bonus points.
    Loyalty,
    /// Taxes and fines that are due.
    Taxes,
    /// What customers pay for every month.
    Subscriptions,
    /// What customers may spend.
    Limits,
    /// Credit ratings.
    CreditHistory,
    /// Bills, passed on to those who sent them.
    Billers,
    /// Balances of mobile phones, passed on to their operators.
    Topup,
    /// Cash by a code.
    Cash,
    /// Decisions whether an order is taken.
    Risk,
    /// Texts to phones.
    Messages,
}

/// What a system does. Systems of one shape have the same tables and routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Lists what a customer has.
    List,
    /// Lists cards, and takes orders about them.
    Cards,
    /// Lists deposits, and opens new ones.
    Deposits,
    /// Passes payments on.
    Payments,
    /// Makes codes for cash.
    Cash,
    /// Decides.
    Risk,
    /// Sends texts.
    Messages,
}

impl System {
    /// All of them, in the order of the overview; then those without a list.
    pub const ALL: [Self; 16] = [
        Self::Cards,
        Self::Loans,
        Self::Deposits,
        Self::Insurance,
        Self::Pension,
        Self::Investments,
        Self::Loyalty,
        Self::Taxes,
        Self::Subscriptions,
        Self::Limits,
        Self::CreditHistory,
        Self::Billers,
        Self::Topup,
        Self::Cash,
        Self::Risk,
        Self::Messages,
    ];

    /// The name in configuration, addresses and on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cards => "cards",
            Self::Deposits => "deposits",
            Self::Loans => "loans",
            Self::Insurance => "insurance",
            Self::Pension => "pension",
            Self::Investments => "investments",
            Self::Loyalty => "loyalty",
            Self::Taxes => "taxes",
            Self::Subscriptions => "subscriptions",
            Self::Limits => "limits",
            Self::CreditHistory => "credit-history",
            Self::Billers => "billers",
            Self::Topup => "topup",
            Self::Cash => "cash",
            Self::Risk => "risk",
            Self::Messages => "messages",
        }
    }

    /// The system of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.name() == name)
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Cards => Shape::Cards,
            Self::Deposits => Shape::Deposits,
            Self::Billers | Self::Topup => Shape::Payments,
            Self::Cash => Shape::Cash,
            Self::Risk => Shape::Risk,
            Self::Messages => Shape::Messages,
            Self::Loans
            | Self::Insurance
            | Self::Pension
            | Self::Investments
            | Self::Loyalty
            | Self::Taxes
            | Self::Subscriptions
            | Self::Limits
            | Self::CreditHistory => Shape::List,
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use common::wire::gateway::PRODUCT_LISTS;

    use super::*;

    #[test]
    fn every_product_list_but_the_ledgers_has_a_system() {
        for list in PRODUCT_LISTS.into_iter().filter(|list| *list != "accounts") {
            let shape = System::parse(list).map(System::shape);
            let lists = matches!(shape, Some(Shape::List | Shape::Cards | Shape::Deposits));
            assert!(lists, "{list}");
        }
        assert_eq!(System::parse("accounts"), None);
    }
}
