//! Exchange rates and percentages as exact decimals.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money, MoneyError};

/// How many units of the bought currency one unit of the sold currency gives, in millionths.
/// On the wire a decimal string with up to six digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(u64);

const SCALE: u64 = 1_000_000;
/// A rate of a million to one is a mistake.
const MILLIONTHS_MAX: u64 = 1_000_000 * SCALE;

/// One basis point is a hundredth of a percent.
pub const BASIS_POINTS: u64 = 10_000;

impl Rate {
    /// A rate from millionths; `None` for zero and for rates beyond a million to one.
    pub fn from_millionths(millionths: u64) -> Option<Self> {
        (1..=MILLIONTHS_MAX).contains(&millionths).then_some(Self(millionths))
    }

    /// The rate in millionths.
    pub fn millionths(self) -> u64 {
        self.0
    }

    /// What `sold` gives in `bought` at this rate, rounded down to the minor unit (the bank never
    /// credits more than the rate says).
    pub fn convert(self, sold: Money, bought: Currency) -> Result<Money, MoneyError> {
        let product = i128::from(sold.minor()) * i128::from(self.0) / i128::from(SCALE);
        let minor = i64::try_from(product).map_err(|_| MoneyError::Overflow)?;
        Money::zero(bought).checked_add(Money::from_minor(minor, bought))
    }

    /// Is `now` at worst `tolerance_bp` basis points below this (confirmed) rate? A better rate
    /// is always within.
    pub fn tolerates(self, now: Self, tolerance_bp: u32) -> bool {
        let floor =
            u128::from(self.0) * u128::from(BASIS_POINTS.saturating_sub(tolerance_bp.into()));
        u128::from(now.0) * u128::from(BASIS_POINTS) >= floor
    }
}

/// A text that cannot be a rate.
#[derive(Debug, thiserror::Error)]
#[error("a rate is a positive decimal number with at most six digits after the point")]
pub struct InvalidRate;

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || fraction.len() > 6 {
            return Err(InvalidRate);
        }
        let whole: u64 = whole.parse().map_err(|_| InvalidRate)?;
        let fraction: u64 = format!("{fraction:0<6}").parse().map_err(|_| InvalidRate)?;
        whole
            .checked_mul(SCALE)
            .and_then(|m| m.checked_add(fraction))
            .and_then(Self::from_millionths)
            .ok_or(InvalidRate)
    }
}

impl TryFrom<String> for Rate {
    type Error = InvalidRate;

    fn try_from(text: String) -> Result<Self, InvalidRate> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / SCALE, self.0 % SCALE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    #[test]
    fn converts_rounding_down() {
        let sold = Money::from_minor(10_000, Currency::Rub);
        let bought = rate("0.010837").convert(sold, Currency::Usd).unwrap();
        assert_eq!(bought, Money::from_minor(108, Currency::Usd));
    }

    #[test]
    fn tolerance_bounds_only_the_worse_side() {
        let confirmed = rate("92.5");
        assert!(confirmed.tolerates(rate("92.5"), 0));
        assert!(confirmed.tolerates(rate("100"), 0));
        assert!(!confirmed.tolerates(rate("92.499999"), 0));
        assert!(confirmed.tolerates(rate("91.575"), 100));
        assert!(!confirmed.tolerates(rate("91.574"), 100));
    }

    #[test]
    fn refuses_what_is_no_rate() {
        for bad in ["", "0", "0.000000", "-1", "1.1234567", "1000001", "1e2", ".5"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
        assert_eq!(rate("92.5").to_string(), "92.500000");
    }
}
