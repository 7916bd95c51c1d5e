//! The gateway's API beside EXECUTE, VOID, FENCE and JOURNAL (see [`crate::gateway`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::account::AccountNumber;
use crate::ids::{CustomerId, Generation, OperationId};
use crate::money::{Currency, Money};
use crate::operation::OperationKind;
use crate::phone::Phone;
use crate::rate::Rate;
use crate::time::Timestamp;

/// The product lists of the overview, in the order in which they are shown.
pub const PRODUCT_LISTS: [&str; 12] = [
    "accounts",
    "cards",
    "loans",
    "deposits",
    "insurance",
    "pension",
    "investments",
    "loyalty",
    "taxes",
    "subscriptions",
    "limits",
    "credit-history",
];

/// Who asks about which customer, under which generation (query string of customer queries).
/// Answered `superseded` if a newer generation was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerQuery {
    /// About whom.
    pub customer_id: CustomerId,
    /// Under which generation the block acts.
    pub generation: Generation,
}

/// `GET /v1/products/{list}`: the products of one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductList {
    /// Which list.
    pub list: String,
    /// When the system of record looked.
    pub as_of: Timestamp,
    /// The items. Shape by list: [`Account`] for `accounts`, [`Card`] for `cards`; the others have
    /// at least `id`, `name` and `status`, and `balance` (money) where there is one.
    #[schema(value_type = Vec<ProductItem>)]
    pub items: Vec<Value>,
}

/// What the items of a [`ProductList`] look like. Services pass them on as they are, so that a new
/// field of a foreign system needs no new version of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ProductItem {
    /// Of the list `accounts`.
    Account(Account),
    /// Of the list `cards`.
    Card(Card),
    /// Of the others.
    Other(OtherProduct),
}

/// A product of a list that has no type of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OtherProduct {
    /// The foreign system's id.
    pub id: String,
    /// Name of the product.
    pub name: String,
    /// In the system's words: `active`, `due`, `paid` …
    pub status: String,
    /// What is owed or saved, where that has a meaning.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Money>,
    /// What is particular to the list.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// An account, from the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its number is its id.
    pub account: AccountNumber,
    /// What the customer calls it.
    pub name: String,
    /// Booked money; what is held for orders in progress is still in it.
    pub balance: Money,
    /// What the ledger holds for orders that a foreign system has not answered yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
    /// Open to payments?
    pub open: bool,
}

/// Money held for an order in progress: spoken for, not yet gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Held {
    /// For which order.
    pub operation_id: OperationId,
    /// How much.
    pub amount: Money,
}

/// A card, from the card system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Card {
    /// The card system's id (never the card's number).
    pub id: String,
    /// Name of the product.
    pub name: String,
    /// The last four digits.
    pub last4: String,
    /// The account it draws on.
    pub account: AccountNumber,
    /// Frozen cards pay nothing.
    pub frozen: bool,
    /// Month of expiry, `YYYY-MM`.
    pub expires: String,
}

/// `GET /v1/accounts/{account}/transactions`: query string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsQuery {
    /// About whom.
    pub customer_id: CustomerId,
    /// Under which generation the block acts.
    pub generation: Generation,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most this many, 1–100.
    pub limit: u32,
}

/// A page of an account's history, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TransactionPage {
    /// The entries.
    pub items: Vec<Transaction>,
    /// To be sent for the next page; absent on the last.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An entry of an account's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transaction {
    /// The ledger's id.
    pub id: String,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// Positive: came in; negative: went out.
    pub amount: Money,
    /// A line about it.
    pub description: String,
    /// The other side, where it may be shown.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<String>,
    /// The operation that caused it, if one did.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<OperationId>,
}

/// `POST /v1/payees/resolve`: find who is paid. Exactly one of phone and account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvePayee {
    /// Who asks.
    pub customer_id: CustomerId,
    /// Under which generation.
    pub generation: Generation,
    /// By phone: the customer's main account in the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// By account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountNumber>,
    /// In which currency he shall be paid.
    pub currency: Currency,
}

/// Who was found; `not-found` (problem `payee-unknown`) if nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResolvedPayee {
    /// The account that would be credited.
    pub account: AccountNumber,
    /// First name and initial, as others may see it: `Anna P.`
    pub name: String,
    /// Is it the asking customer himself?
    pub own: bool,
}

/// `POST /v1/risk/decisions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskQuestion {
    /// The operation in question; the same id gives the same decision.
    pub operation_id: OperationId,
    /// Who orders.
    pub customer_id: CustomerId,
    /// Under which generation.
    pub generation: Generation,
    /// What kind of order.
    pub kind: OperationKind,
    /// The most that leaves the account.
    pub most: Option<Money>,
    /// Who is paid, where it is somebody else (account, phone, biller).
    pub payee: Option<String>,
}

/// What risk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskDecision {
    /// Go on.
    Allow,
    /// Ask for a code, whatever the kind.
    StepUp,
    /// Do not take the order.
    Refuse,
}

/// The answer to a risk question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RiskAnswer {
    /// The decision.
    pub decision: RiskDecision,
}

/// `PUT /v1/customers/{id}`: the payee directory follows the router. Idempotent by revision: an
/// older revision changes nothing. The first call opens a rouble account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutCustomer {
    /// The directory's count of changes of this customer, from 1.
    #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64)]
    pub revision: u64,
    /// How he is found.
    pub phone: Phone,
    /// First and last name.
    #[schema(min_length = 1, max_length = 140, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    pub name: String,
}

/// `GET /v1/reference/{topic}`; topics `rates`, `branches`, `products`, `billers`, `fees`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reference<T> {
    /// Raised by every change.
    pub version: u64,
    /// When the system of record changed it last.
    pub as_of: Timestamp,
    /// The items.
    pub items: Vec<T>,
}

/// A rate: what one unit of `sell` gives in `buy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeRate {
    /// The customer gives this.
    pub sell: Currency,
    /// The customer gets this.
    pub buy: Currency,
    /// Units bought per unit sold.
    pub rate: Rate,
}

/// A branch of the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Branch {
    /// Its id.
    pub id: String,
    /// City.
    pub city: String,
    /// Street and number.
    pub address: String,
    /// Opening hours, in words.
    pub hours: String,
}

/// A product on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// `deposit`, `loan` or `card`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// In which currency.
    pub currency: Currency,
    /// Yearly interest in basis points.
    pub rate_bp: u32,
    /// Terms on offer, in months; empty where it has none.
    pub terms_months: Vec<u32>,
    /// The least one can put in or borrow.
    pub least: Money,
    /// The most.
    pub most: Money,
}

/// Somebody to whom bills are paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Biller {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `utilities`, `internet`, `education` …
    pub category: String,
    /// What the customer's number is called there.
    pub reference_name: String,
    /// The shape of that number: this many digits.
    pub reference_digits: u32,
}

/// The fee of a kind of operation: a share of the amount, within bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeeRule {
    /// For which kind.
    pub kind: OperationKind,
    /// Share of the amount in basis points, rounded up to the minor unit.
    pub share_bp: u32,
    /// At least, in minor units of the amount's currency.
    pub least_minor: i64,
    /// At most, in minor units of the amount's currency.
    pub most_minor: i64,
}

impl FeeRule {
    /// The fee for `amount`. Gateway and blocks compute it with this one function.
    pub fn fee(&self, amount: Money) -> Money {
        let share = (i128::from(amount.minor()) * i128::from(self.share_bp) + 9_999) / 10_000;
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        let fee = share.max(self.least_minor).min(self.most_minor);
        Money::from_minor(fee, amount.currency())
    }
}

/// `GET /v1/operations/{id}/cash-code` (with a [`CustomerQuery`]): live only, never stored by a
/// block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CashCodeShown {
    /// To be typed at the machine.
    pub code: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// How much comes out.
    pub amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_rounded_up_within_their_bounds() {
        let rule = FeeRule {
            kind: OperationKind::BillPayment,
            share_bp: 100,
            least_minor: 50,
            most_minor: 1_000,
        };
        for (amount, fee) in [(1, 50), (5_001, 51), (10_000, 100), (10_000_000, 1_000)] {
            let fee_of = rule.fee(Money::from_minor(amount, Currency::Rub));
            assert_eq!(fee_of, Money::from_minor(fee, Currency::Rub), "{amount}");
        }
    }
}

/// `GET /v1/fences`: the highest fence of any customer, for an archive that recovers (protocol §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HighestFence {
    /// No generation above it was ever seen here.
    pub highest: Generation,
}
