//! Identities: one newtype a noun, so that a customer can never be taken for an operation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fingerprint::sha256_parts;

/// The largest number that PostgreSQL's `bigint` holds: what is above is never read.
pub const BIGINT_MAX: u64 = i64::MAX.unsigned_abs();

/// A number that the database cannot keep.
#[derive(Debug, thiserror::Error)]
#[error("a number from {least} to {BIGINT_MAX} is expected, not {given}")]
pub struct OutOfRange {
    least: u64,
    given: u64,
}

/// `given` if it is at least `least` and the database can keep it.
fn kept(given: u64, least: u64) -> Result<u64, OutOfRange> {
    if (least..=BIGINT_MAX).contains(&given) { Ok(given) } else { Err(OutOfRange { least, given }) }
}

/// A customer: dense from 1, given by the router, never reused. The database keeps it as `bigint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct CustomerId(pub u64);

impl TryFrom<u64> for CustomerId {
    type Error = OutOfRange;

    fn try_from(number: u64) -> Result<Self, OutOfRange> {
        kept(number, 1).map(Self)
    }
}

impl CustomerId {
    /// The id as PostgreSQL's `bigint`. What is read fits; ids are dense, so what is made does too.
    pub fn as_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The id from PostgreSQL's `bigint`; negative values do not occur (check constraints).
    pub fn from_i64(value: i64) -> Self {
        Self(u64::try_from(value).unwrap_or(0))
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a block may do is tied to a generation; it only grows (I4). A unit of the register.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64")]
pub struct Generation(pub u64);

impl TryFrom<u64> for Generation {
    type Error = OutOfRange;

    fn try_from(number: u64) -> Result<Self, OutOfRange> {
        kept(number, 0).map(Self)
    }
}

impl Generation {
    /// The generation as PostgreSQL's `bigint`.
    pub fn as_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The generation from PostgreSQL's `bigint`.
    pub fn from_i64(value: i64) -> Self {
        Self(u64::try_from(value).unwrap_or(0))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a change of a placement row; every change raises it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64")]
pub struct Revision(pub u64);

impl TryFrom<u64> for Revision {
    type Error = OutOfRange;

    fn try_from(number: u64) -> Result<Self, OutOfRange> {
        kept(number, 0).map(Self)
    }
}

impl Revision {
    /// The revision as PostgreSQL's `bigint`.
    pub fn as_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The revision from PostgreSQL's `bigint`.
    pub fn from_i64(value: i64) -> Self {
        Self(u64::try_from(value).unwrap_or(0))
    }
}

/// An operation, the same on every block for the same intent (I2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub Uuid);

impl OperationId {
    /// The id of what `customer` orders under `key`: `UUIDv8` of SHA-256 over length-prefixed
    /// parts (protocol §2). Any block computes the same one, so a repeated request after a move
    /// is the same operation.
    pub fn derive(customer: CustomerId, key: &str) -> Self {
        let digest = sha256_parts(&[b"op.v1", &customer.0.to_be_bytes(), key.as_bytes()]);
        let mut head = [0_u8; 16];
        head.copy_from_slice(&digest[..16]);
        Self(Uuid::new_v8(head))
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OperationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// The name of a block, e.g. `client-1`: 1–16 of `a–z`, `0–9`, `-`.
///
/// Short and of bounded length, because it is sealed into tickets of one fixed size. It lies in
/// itself rather than in a text of its own: every ticket carries two.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlockName {
    /// Zeros behind the name, so that names are in the order of their texts.
    padded: [u8; BLOCK_NAME_MAX],
    len: u8,
}

/// The longest name of a block, in bytes.
pub const BLOCK_NAME_MAX: usize = 16;

impl BlockName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever put in.
        std::str::from_utf8(&self.padded[..usize::from(self.len)]).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let mut padded = [0; BLOCK_NAME_MAX];
        padded.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let len = u8::try_from(text.len()).ok()?;
        (len > 0 && text.bytes().all(plain)).then_some(Self { padded, len })
    }
}

/// A text that cannot be the name of a block.
#[derive(Debug, thiserror::Error)]
#[error("a block's name is 1 to 16 of a-z, 0-9 and '-', not {0:?}")]
pub struct InvalidBlockName(String);

impl TryFrom<String> for BlockName {
    type Error = InvalidBlockName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(InvalidBlockName(text))
    }
}

impl FromStr for BlockName {
    type Err = InvalidBlockName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| InvalidBlockName(text.to_owned()))
    }
}

impl From<BlockName> for String {
    fn from(name: BlockName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for BlockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for BlockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockName").field(&self.as_str()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_intent_same_id_everywhere() {
        // I2. The literal pins the derivation: changing it would double payments in flight.
        let id = OperationId::derive(CustomerId(42), "key-1");
        assert_eq!(id, OperationId::derive(CustomerId(42), "key-1"));
        assert_ne!(id, OperationId::derive(CustomerId(43), "key-1"));
        assert_ne!(id, OperationId::derive(CustomerId(42), "key-2"));
        assert_eq!(id.0.get_version_num(), 8);
        assert_eq!(id.to_string(), "6813ac70-bfc7-8d58-811e-be926b17a433");
    }

    #[test]
    fn numbers_that_the_database_cannot_keep_are_not_read() {
        let customer = |text: &str| serde_json::from_str::<CustomerId>(text).map(|id| id.0).ok();
        assert_eq!(customer("1"), Some(1));
        assert_eq!(customer("9223372036854775807"), Some(BIGINT_MAX));
        for bad in ["0", "-1", "9223372036854775808", "18446744073709551615", "1.0", "\"1\""] {
            assert_eq!(customer(bad), None, "{bad}");
        }
        assert!(serde_json::from_str::<Generation>("0").is_ok());
        assert!(serde_json::from_str::<Generation>("9223372036854775808").is_err());
        assert!(serde_json::from_str::<Revision>("9223372036854775808").is_err());
    }

    #[test]
    fn block_names_are_short_and_plain() {
        for good in ["client-1", "pilot", "a"] {
            assert!(good.parse::<BlockName>().is_ok(), "{good}");
        }
        for bad in ["", "Client", "client_1", "a-name-that-is-too-long"] {
            assert!(bad.parse::<BlockName>().is_err(), "{bad}");
        }
    }
}
