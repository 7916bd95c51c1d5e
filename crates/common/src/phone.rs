//! Phone numbers in international form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A phone number: `+` and 7–15 digits (E.164).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// A text that cannot be a phone number.
#[derive(Debug, thiserror::Error)]
#[error("a phone number is + and 7 to 15 digits, as +79001234567")]
pub struct InvalidPhone;

impl Phone {
    /// The number as text, `+` included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with only its last four digits shown.
    pub fn masked(&self) -> String {
        format!("•• {}", &self.0[self.0.len() - 4..])
    }
}

impl FromStr for Phone {
    type Err = InvalidPhone;

    /// Accepts the spaces, brackets and dashes people type.
    fn from_str(text: &str) -> Result<Self, InvalidPhone> {
        let bare: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).take(20).collect();
        let digits = bare.strip_prefix('+').ok_or(InvalidPhone)?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        if plain && (7..=15).contains(&digits.len()) { Ok(Self(bare)) } else { Err(InvalidPhone) }
    }
}

impl TryFrom<String> for Phone {
    type Error = InvalidPhone;

    fn try_from(text: String) -> Result<Self, InvalidPhone> {
        text.parse()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_what_people_type() {
        assert_eq!("+7 (900) 123-45-67".parse::<Phone>().unwrap().as_str(), "+79001234567");
        for bad in ["", "79001234567", "+7", "+7900123456789012", "+7900abc4567"] {
            assert!(bad.parse::<Phone>().is_err(), "{bad}");
        }
    }
}
