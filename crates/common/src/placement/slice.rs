//! Slices: the unit of a move is a sixty-fourth of a home block's customers.

use serde::{Deserialize, Serialize};

use crate::fingerprint::sha256_parts;
use crate::ids::CustomerId;

/// Slices of a home block.
pub const SLICES: u8 = 64;

/// One of a home's 64 slices, 0–63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct SliceId(u8);

impl SliceId {
    /// The slice of a customer: a hash, so that neighbours in id are spread, and the same on
    /// every block and in every version.
    pub fn of(customer: CustomerId) -> Self {
        let digest = sha256_parts(&[b"slice.v1", &customer.0.to_be_bytes()]);
        Self(digest[0] % SLICES)
    }

    /// All slices of a home.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SLICES).map(Self)
    }

    /// Its number, 0–63.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// A number that is not a slice.
#[derive(Debug, thiserror::Error)]
#[error("a slice is a number from 0 to 63, not {0}")]
pub struct InvalidSlice(u8);

impl TryFrom<u8> for SliceId {
    type Error = InvalidSlice;

    fn try_from(number: u8) -> Result<Self, InvalidSlice> {
        if number < SLICES { Ok(Self(number)) } else { Err(InvalidSlice(number)) }
    }
}

impl From<SliceId> for u8 {
    fn from(slice: SliceId) -> Self {
        slice.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_customers_evenly_and_for_ever() {
        let mut counts = [0_u32; SLICES as usize];
        for id in 1..=64_000 {
            counts[SliceId::of(CustomerId(id)).number() as usize] += 1;
        }
        assert!(counts.iter().all(|n| (850..1_150).contains(n)), "{counts:?}");
        // Pinned: another slice for an existing customer would be a move nobody decided.
        assert_eq!(SliceId::of(CustomerId(1)).number(), 12);
    }
}
