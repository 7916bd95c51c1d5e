//! Money: integer minor units with a currency (A5). No floats, no `+`, nothing between currencies.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::object::object;

/// The currencies of the bank. All have two decimal digits.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Russian rouble.
    Rub,
    /// US dollar.
    Usd,
    /// Euro.
    Eur,
}

impl Currency {
    /// All of them, in the order in which totals are shown.
    pub const ALL: [Self; 3] = [Self::Rub, Self::Usd, Self::Eur];

    /// ISO 4217 letters.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rub => "RUB",
            Self::Usd => "USD",
            Self::Eur => "EUR",
        }
    }

    /// The digits that stand for the currency inside an account number.
    pub fn account_digits(self) -> &'static str {
        match self {
            Self::Rub => "810",
            Self::Usd => "840",
            Self::Eur => "978",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::ALL.into_iter().find(|c| c.code() == text).ok_or(MoneyError::Currency)
    }
}

/// An amount in one currency; on the wire `{"amount":"1234.50","currency":"RUB"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "Wire")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// The largest amount the bank's front office handles: ten trillion units. Far from overflow.
const MINOR_MAX: i64 = 1_000_000_000_000_000;

/// Why an amount cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal number with at most two digits after the point.
    #[error("an amount is a decimal number with at most two digits after the point, as \"12.50\"")]
    Format,
    /// Not one of the bank's currencies.
    #[error("the currency must be one of RUB, USD, EUR")]
    Currency,
    /// Larger than the bank handles, or the result of a calculation would be.
    #[error("the amount is larger than the bank handles")]
    Overflow,
    /// Two currencies in one calculation.
    #[error("amounts in different currencies cannot be combined")]
    Mixed,
}

impl Money {
    /// An amount from minor units (kopecks, cents).
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Its currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// More than nothing?
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum; refuses two currencies and amounts beyond the bank's largest.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference; may be negative. Refuses two currencies.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(
        self,
        other: Self,
        op: impl Fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        let minor = op(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        if (-MINOR_MAX..=MINOR_MAX).contains(&minor) {
            Ok(Self { minor, currency: self.currency })
        } else {
            Err(MoneyError::Overflow)
        }
    }

    /// The amount as text without its currency, e.g. `-1234.50`.
    pub fn amount_text(self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        format!("{sign}{}.{:02}", minor / 100, minor % 100)
    }

    /// Parses `1234`, `1234.5` or `1234.50`, optionally with a minus sign.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) =
            amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || fraction.len() > 2 {
            return Err(MoneyError::Format);
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError::Overflow)?;
        let scale = if fraction.len() == 1 { 10 } else { 1 };
        let cents = fraction.parse::<i64>().map_err(|_| MoneyError::Format)? * scale;
        let minor = whole
            .checked_mul(100)
            .and_then(|units| units.checked_add(cents))
            .filter(|minor| *minor <= MINOR_MAX)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount_text(), self.currency)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    currency: String,
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wire: Wire = object(from)?;
        wire.try_into().map_err(D::Error::custom)
    }
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        Self::parse(&wire.amount, wire.currency.parse()?)
    }
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self { amount: money.amount_text(), currency: money.currency.code().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rub(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Rub)
    }

    #[test]
    fn parses_what_people_write_and_nothing_else() {
        let cases = [
            ("0", Ok(0)),
            ("12", Ok(1_200)),
            ("12.5", Ok(1_250)),
            ("12.05", Ok(1_205)),
            ("-0.01", Ok(-1)),
            ("10000000000000.00", Ok(MINOR_MAX)),
            ("10000000000000.01", Err(MoneyError::Overflow)),
            ("99999999999999999999", Err(MoneyError::Overflow)),
            ("", Err(MoneyError::Format)),
            ("1.234", Err(MoneyError::Format)),
            ("1.", Err(MoneyError::Format)),
            (".5", Err(MoneyError::Format)),
            ("1e3", Err(MoneyError::Format)),
            ("+1", Err(MoneyError::Format)),
            ("1,5", Err(MoneyError::Format)),
            ("--1", Err(MoneyError::Format)),
            ("NaN", Err(MoneyError::Format)),
        ];
        for (text, expected) in cases {
            let parsed = Money::parse(text, Currency::Rub).map(Money::minor);
            assert_eq!(parsed, expected, "{text:?}");
        }
    }

    #[test]
    fn never_mixes_currencies_or_overflows() {
        let dollar = Money::from_minor(1, Currency::Usd);
        assert_eq!(rub(1).checked_add(dollar), Err(MoneyError::Mixed));
        assert_eq!(rub(MINOR_MAX).checked_add(rub(1)), Err(MoneyError::Overflow));
        assert_eq!(rub(5).checked_sub(rub(7)), Ok(rub(-2)));
    }

    #[test]
    fn travels_as_text() {
        let json = r#"{"amount":"1234.50","currency":"RUB"}"#;
        let money: Money = serde_json::from_str(json).unwrap();
        assert_eq!(money, rub(123_450));
        assert_eq!(serde_json::to_string(&money).unwrap(), json);
        assert!(serde_json::from_str::<Money>(r#"{"amount":1,"currency":"RUB"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"amount":"1","currency":"XXX"}"#).is_err());
    }
}
