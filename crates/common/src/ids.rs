//! Identities: one newtype a noun, so that a customer can never be taken for an operation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fingerprint::sha256_parts;

/// A customer: dense, given by the router, never reused. The database keeps it as `bigint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerId(pub u64);

impl CustomerId {
    /// The id as PostgreSQL's `bigint`. Ids are dense from 1, so the upper half is never reached.
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
#[serde(transparent)]
pub struct Generation(pub u64);

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
#[serde(transparent)]
pub struct Revision(pub u64);

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
/// Short and of bounded length, because it is sealed into tickets of one fixed size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlockName(String);

/// The longest name of a block, in bytes.
pub const BLOCK_NAME_MAX: usize = 16;

impl BlockName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that cannot be the name of a block.
#[derive(Debug, thiserror::Error)]
#[error("a block's name is 1 to 16 of a-z, 0-9 and '-', not {0:?}")]
pub struct InvalidBlockName(String);

impl TryFrom<String> for BlockName {
    type Error = InvalidBlockName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=BLOCK_NAME_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits && plain { Ok(Self(text)) } else { Err(InvalidBlockName(text)) }
    }
}

impl FromStr for BlockName {
    type Err = InvalidBlockName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl From<BlockName> for String {
    fn from(name: BlockName) -> Self {
        name.0
    }
}

impl fmt::Display for BlockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
    fn block_names_are_short_and_plain() {
        for good in ["client-1", "pilot", "a"] {
            assert!(good.parse::<BlockName>().is_ok(), "{good}");
        }
        for bad in ["", "Client", "client_1", "a-name-that-is-too-long"] {
            assert!(bad.parse::<BlockName>().is_err(), "{bad}");
        }
    }
}
