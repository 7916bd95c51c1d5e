//! Account numbers: twenty digits, as the bank prints them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::money::Currency;

/// A twenty-digit account number; digits 6–8 name the currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountNumber(String);

/// A text that cannot be an account number.
#[derive(Debug, thiserror::Error)]
#[error("an account number has exactly 20 digits")]
pub struct InvalidAccountNumber;

impl AccountNumber {
    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The currency in which the account is held, where the digits name one of the bank's.
    pub fn currency(&self) -> Option<Currency> {
        let digits = &self.0[5..8];
        Currency::ALL.into_iter().find(|c| c.account_digits() == digits)
    }

    /// The number with all but its last four digits hidden, for messages and logs.
    pub fn masked(&self) -> String {
        format!("•• {}", &self.0[16..])
    }
}

impl TryFrom<String> for AccountNumber {
    type Error = InvalidAccountNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 20 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(InvalidAccountNumber)
        }
    }
}

impl FromStr for AccountNumber {
    type Err = InvalidAccountNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl From<AccountNumber> for String {
    fn from(number: AccountNumber) -> Self {
        number.0
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_currency_and_hides_itself() {
        let number: AccountNumber = "40817840500000000042".parse().unwrap();
        assert_eq!(number.currency(), Some(Currency::Usd));
        assert_eq!(number.masked(), "•• 0042");
        for bad in ["", "4081784050000000004", "4081784050000000004x", "408178405000000000421"] {
            assert!(bad.parse::<AccountNumber>().is_err(), "{bad}");
        }
    }
}
