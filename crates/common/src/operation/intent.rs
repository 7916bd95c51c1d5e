//! The intent: what the customer saw on the review step and confirmed, and its hash.
//!
//! The client repeats all of it in the confirming request, so that every block computes the same
//! hash; what a block finds out by itself is not in it (protocol §2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::kind::OperationKind;
use crate::account::AccountNumber;
use crate::fingerprint::{read_hex, sha256, write_hex};
use crate::money::{Currency, Money, MoneyError};
use crate::object::object;
use crate::phone::Phone;
use crate::rate::Rate;
use crate::time::Timestamp;

/// What was confirmed: terms, and until when they may first be executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The terms.
    #[serde(deserialize_with = "object")]
    pub terms: Terms,
    /// First execution only before this, by the gateway's clock (I10).
    pub valid_until: Timestamp,
}

impl Intent {
    /// Reads an intent. A field that this version does not know is an error: a block must not
    /// execute what it does not understand.
    pub fn from_value(value: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(value)
    }
}

/// SHA-256 of the canonical JSON (RFC 8785) of an intent, unknown fields included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IntentHash(pub [u8; 32]);

impl IntentHash {
    /// The hash of an intent as the client sent it. Fails only for values that JSON cannot hold.
    pub fn of(intent: &Value) -> Result<Self, serde_json::Error> {
        serde_json_canonicalizer::to_vec(intent).map(|canonical| Self(sha256(&canonical)))
    }

    /// The hash from the database's bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for IntentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// A text that is not an intent's hash.
#[derive(Debug, thiserror::Error)]
#[error("an intent's hash is 64 lower-case hexadecimal digits")]
pub struct InvalidIntentHash;

impl FromStr for IntentHash {
    type Err = InvalidIntentHash;

    /// Reads exactly what is written: one hash has one text.
    fn from_str(text: &str) -> Result<Self, InvalidIntentHash> {
        read_hex(text).map(Self).ok_or(InvalidIntentHash)
    }
}

impl TryFrom<String> for IntentHash {
    type Error = InvalidIntentHash;

    fn try_from(text: String) -> Result<Self, InvalidIntentHash> {
        text.parse()
    }
}

impl From<IntentHash> for String {
    fn from(hash: IntentHash) -> Self {
        hash.to_string()
    }
}

/// Whom the money goes to, as resolved and shown at the review step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// The account that receives.
    pub account: AccountNumber,
    /// The name as the bank shows it to others, e.g. `Anna P.`; absent when it could not be
    /// checked at review.
    #[schema(max_length = 140)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The phone by which the payee was found, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// The terms, kind by kind. `fee` is what the bank takes on top of `amount`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Terms {
    /// See [`OperationKind::OwnTransfer`].
    OwnTransfer(OwnTransfer),
    /// See [`OperationKind::CustomerTransfer`].
    CustomerTransfer(CustomerTransfer),
    /// See [`OperationKind::BillPayment`].
    BillPayment(BillPayment),
    /// See [`OperationKind::MobileTopup`].
    MobileTopup(MobileTopup),
    /// See [`OperationKind::CurrencyExchange`].
    CurrencyExchange(CurrencyExchange),
    /// See [`OperationKind::DepositOpen`].
    DepositOpen(DepositOpen),
    /// See [`OperationKind::CardFreeze`].
    CardFreeze(CardChange),
    /// See [`OperationKind::CardUnfreeze`].
    CardUnfreeze(CardChange),
    /// See [`OperationKind::CashCode`].
    CashCode(CashCode),
}

macro_rules! terms {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
    };
}

terms! {
    /// Between own accounts of one currency.
    OwnTransfer {
        /// Debited.
        from_account: AccountNumber,
        /// Credited.
        to_account: AccountNumber,
        /// How much.
        amount: Money,
    }
}
terms! {
    /// To another customer.
    CustomerTransfer {
        /// Debited.
        from_account: AccountNumber,
        /// Whom.
        #[serde(deserialize_with = "object")]
        payee: Payee,
        /// How much he gets.
        amount: Money,
        /// On top of it.
        fee: Money,
        /// A line for the payee, at most 140 characters; empty if there is none.
        #[schema(max_length = 140, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]*$")]
        message: String,
    }
}
terms! {
    /// To a biller.
    BillPayment {
        /// Debited.
        from_account: AccountNumber,
        /// The biller's id in the reference data.
        #[schema(min_length = 1, max_length = 64)]
        biller_id: String,
        /// The biller's name as shown.
        #[schema(max_length = 140)]
        biller_name: String,
        /// The customer's number at the biller.
        #[schema(min_length = 1, max_length = 64)]
        reference: String,
        /// How much the biller gets.
        amount: Money,
        /// On top of it.
        fee: Money,
    }
}
terms! {
    /// To a phone's balance.
    MobileTopup {
        /// Debited.
        from_account: AccountNumber,
        /// Whose balance.
        phone: Phone,
        /// How much.
        amount: Money,
        /// On top of it.
        fee: Money,
    }
}
terms! {
    /// Exchange between own accounts: what is sold is fixed, what is bought follows the rate.
    CurrencyExchange {
        /// Debited.
        from_account: AccountNumber,
        /// Credited.
        to_account: AccountNumber,
        /// What is sold: exactly this is debited.
        sell: Money,
        /// What it gives at the rate shown.
        buy: Money,
        /// The rate shown: units bought per unit sold.
        rate: Rate,
        /// How far the rate may fall, in basis points of the rate shown, 0–1000.
        #[schema(maximum = 1000)]
        tolerance_bp: u32,
    }
}
terms! {
    /// A new term deposit.
    DepositOpen {
        /// Debited.
        from_account: AccountNumber,
        /// The product's id in the reference data.
        #[schema(min_length = 1, max_length = 64)]
        product_id: String,
        /// The product's name as shown.
        #[schema(max_length = 140)]
        product_name: String,
        /// How much is put in.
        amount: Money,
        /// The yearly interest shown, in basis points; a lower one is not accepted.
        rate_bp: u32,
        /// For how many months.
        term_months: u32,
    }
}
terms! {
    /// A card frozen or used again.
    CardChange {
        /// Which of the customer's cards.
        #[schema(min_length = 1, max_length = 64)]
        card_id: String,
    }
}
terms! {
    /// Cash by a code.
    CashCode {
        /// Debited.
        from_account: AccountNumber,
        /// How much comes out.
        amount: Money,
        /// On top of it.
        fee: Money,
    }
}

/// What money an operation moves out of which account, at the most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debit<'a> {
    /// The account.
    pub account: &'a AccountNumber,
    /// Amount and fee together: the confirmation code is bound to this, nothing above it is taken.
    pub most: Money,
}

impl Terms {
    /// The kind of operation.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::OwnTransfer(_) => OperationKind::OwnTransfer,
            Self::CustomerTransfer(_) => OperationKind::CustomerTransfer,
            Self::BillPayment(_) => OperationKind::BillPayment,
            Self::MobileTopup(_) => OperationKind::MobileTopup,
            Self::CurrencyExchange(_) => OperationKind::CurrencyExchange,
            Self::DepositOpen(_) => OperationKind::DepositOpen,
            Self::CardFreeze(_) => OperationKind::CardFreeze,
            Self::CardUnfreeze(_) => OperationKind::CardUnfreeze,
            Self::CashCode(_) => OperationKind::CashCode,
        }
    }

    /// The most that may be debited; `None` where no money moves.
    pub fn debit(&self) -> Result<Option<Debit<'_>>, MoneyError> {
        let plain = |account, most| Ok(Some(Debit { account, most }));
        match self {
            Self::OwnTransfer(t) => plain(&t.from_account, t.amount),
            Self::CustomerTransfer(t) => plain(&t.from_account, t.amount.checked_add(t.fee)?),
            Self::BillPayment(t) => plain(&t.from_account, t.amount.checked_add(t.fee)?),
            Self::MobileTopup(t) => plain(&t.from_account, t.amount.checked_add(t.fee)?),
            Self::CurrencyExchange(t) => plain(&t.from_account, t.sell),
            Self::DepositOpen(t) => plain(&t.from_account, t.amount),
            Self::CashCode(t) => plain(&t.from_account, t.amount.checked_add(t.fee)?),
            Self::CardFreeze(_) | Self::CardUnfreeze(_) => Ok(None),
        }
    }

    /// What the terms must satisfy before anything else is asked: one row per field.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        match self {
            Self::OwnTransfer(t) => {
                faults.payable(&t.from_account, t.amount, None);
                faults.holds(&t.to_account, t.amount.currency(), "to_account");
                faults.different(&t.from_account, &t.to_account, "to_account");
            }
            Self::CustomerTransfer(t) => {
                faults.payable(&t.from_account, t.amount, Some(t.fee));
                faults.holds(&t.payee.account, t.amount.currency(), "payee.account");
                faults.different(&t.from_account, &t.payee.account, "payee.account");
                faults.at_most(t.payee.name.as_deref().unwrap_or(""), 140, "payee.name");
                faults.at_most(&t.message, 140, "message");
            }
            Self::BillPayment(t) => {
                faults.payable(&t.from_account, t.amount, Some(t.fee));
                faults.some(&t.biller_id, 64, "biller_id");
                faults.some(&t.reference, 64, "reference");
                faults.at_most(&t.biller_name, 140, "biller_name");
            }
            Self::MobileTopup(t) => faults.payable(&t.from_account, t.amount, Some(t.fee)),
            Self::CurrencyExchange(t) => faults.exchange(t),
            Self::DepositOpen(t) => {
                faults.payable(&t.from_account, t.amount, None);
                faults.some(&t.product_id, 64, "product_id");
                faults.at_most(&t.product_name, 140, "product_name");
            }
            Self::CardFreeze(t) | Self::CardUnfreeze(t) => faults.some(&t.card_id, 64, "card_id"),
            Self::CashCode(t) => {
                faults.payable(&t.from_account, t.amount, Some(t.fee));
                if t.amount.currency() != Currency::Rub || t.amount.minor() % 10_000 != 0 {
                    faults.add("amount", "cash comes in whole hundreds of roubles");
                }
            }
        }
        faults.0
    }
}

/// A field of the terms that cannot be, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field within the terms.
    pub field: &'static str,
    /// What it must be.
    pub must: &'static str,
}

#[derive(Default)]
struct Faults(Vec<Fault>);

/// The widest tolerance a customer can choose, in basis points.
const TOLERANCE_BP_MAX: u32 = 1_000;

impl Faults {
    fn add(&mut self, field: &'static str, must: &'static str) {
        self.0.push(Fault { field, must });
    }

    fn payable(&mut self, from: &AccountNumber, amount: Money, fee: Option<Money>) {
        if !amount.is_positive() {
            self.add("amount", "the amount must be more than zero");
        }
        self.holds(from, amount.currency(), "from_account");
        let Some(fee) = fee else { return };
        if fee.minor() < 0 || fee.currency() != amount.currency() {
            self.add("fee", "the fee is not negative and in the currency of the amount");
        } else if amount.checked_add(fee).is_err() {
            self.add("amount", "the amount is larger than the bank handles");
        }
    }

    fn exchange(&mut self, t: &CurrencyExchange) {
        if !t.sell.is_positive() {
            self.add("sell", "the amount must be more than zero");
        }
        self.holds(&t.from_account, t.sell.currency(), "from_account");
        self.holds(&t.to_account, t.buy.currency(), "to_account");
        if t.sell.currency() == t.buy.currency() {
            self.add("buy", "an exchange is between two currencies");
        } else if t.rate.convert(t.sell, t.buy.currency()) != Ok(t.buy) || !t.buy.is_positive() {
            self.add("buy", "must be what the rate gives, rounded down, and more than zero");
        }
        if t.tolerance_bp > TOLERANCE_BP_MAX {
            self.add("tolerance_bp", "at most 1000 (ten percent)");
        }
    }

    fn holds(&mut self, account: &AccountNumber, currency: Currency, field: &'static str) {
        if account.currency() != Some(currency) {
            self.add(field, "the account must be held in the currency of the amount");
        }
    }

    fn different(&mut self, from: &AccountNumber, to: &AccountNumber, field: &'static str) {
        if from == to {
            self.add(field, "must be another account than the one debited");
        }
    }

    fn some(&mut self, text: &str, longest: usize, field: &'static str) {
        if text.is_empty() {
            self.add(field, "must not be empty");
        }
        self.at_most(text, longest, field);
    }

    fn at_most(&mut self, text: &str, longest: usize, field: &'static str) {
        if text.chars().count() > longest || text.chars().any(char::is_control) {
            self.add(field, "is too long or contains control characters");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn transfer() -> Value {
        json!({
            "terms": {
                "kind": "own_transfer",
                "from_account": "40817810000000000001",
                "to_account": "40817810000000000002",
                "amount": {"amount": "10.00", "currency": "RUB"},
            },
            "valid_until": "2026-01-01T00:00:00Z",
        })
    }

    #[test]
    fn the_hash_covers_every_field_and_no_order() {
        let hash = IntentHash::of(&transfer()).unwrap();
        let reordered: Value =
            serde_json::from_str(&serde_json::to_string_pretty(&transfer()).unwrap()).unwrap();
        assert_eq!(IntentHash::of(&reordered).unwrap(), hash);
        let mut other = transfer();
        other["terms"]["amount"]["amount"] = json!("10.01");
        assert_ne!(IntentHash::of(&other).unwrap(), hash);
        let mut unknown = transfer();
        unknown["terms"]["new_field"] = json!(true);
        assert_ne!(IntentHash::of(&unknown).unwrap(), hash);
        assert_eq!(hash.to_string().parse::<IntentHash>().unwrap(), hash);
    }

    #[test]
    fn what_is_not_understood_is_not_read() {
        assert!(Intent::from_value(&transfer()).is_ok());
        for path in ["terms", "top"] {
            let mut value = transfer();
            if path == "top" {
                value["extra"] = json!(1);
            } else {
                value["terms"]["extra"] = json!(1);
            }
            assert!(Intent::from_value(&value).is_err(), "{path}");
        }
    }

    #[test]
    fn faults_name_the_field() {
        let cases = [
            ("amount", json!({"amount": "-1", "currency": "RUB"}), "amount"),
            ("amount", json!({"amount": "0", "currency": "RUB"}), "amount"),
            ("amount", json!({"amount": "1", "currency": "USD"}), "from_account"),
            ("to_account", json!("40817810000000000001"), "to_account"),
            ("to_account", json!("40817840000000000001"), "to_account"),
        ];
        for (field, value, expected) in cases {
            let mut intent = transfer();
            intent["terms"][field] = value;
            let faults = Intent::from_value(&intent).unwrap().terms.faults();
            assert_eq!(faults.first().map(|f| f.field), Some(expected), "{intent}");
        }
        assert_eq!(Intent::from_value(&transfer()).unwrap().terms.faults(), vec![]);
    }
}
