//! Incarnations: which life of a database something belongs to (protocol §2).
//!
//! Promotion and restoring give a database a past that others do not share: it may hand the same
//! positions out again. So each life has a name of its own, and positions seen outside a block are
//! only ever positions *of an incarnation*. Transaction numbers and log positions never leave it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fingerprint::{read_hex, write_hex};
use crate::guards::{Guard, Guards};
use crate::ids::BlockName;

/// One life of a database: (system identifier, timeline, random 64 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Incarnation {
    /// PostgreSQL's timeline: grows with every promotion and every restore.
    pub timeline: u32,
    /// PostgreSQL's system identifier: the same in all clusters copied from one.
    pub system: u64,
    /// Drawn when the incarnation began.
    pub nonce: u64,
}

impl Incarnation {
    /// Is this a later life than `other` of the same block's database, or of the archive's? Of one
    /// cluster and its copies the timeline says so. Another cluster was made anew, and its
    /// identifier begins with the second in which it was made. A clock that was wrong then can
    /// close a life that is the present one, and gives none anything: only a compare-and-set does.
    pub fn is_later_than(&self, other: &Self) -> bool {
        if self.system == other.system {
            self.timeline > other.timeline
        } else {
            self.system > other.system
        }
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:016x}-{:016x}", self.timeline, self.system, self.nonce)
    }
}

/// A text that does not name an incarnation.
#[derive(Debug, thiserror::Error)]
#[error("an incarnation is written as 8, 16 and 16 hexadecimal digits with `-` between")]
pub struct InvalidIncarnation;

impl FromStr for Incarnation {
    type Err = InvalidIncarnation;

    fn from_str(text: &str) -> Result<Self, InvalidIncarnation> {
        let mut parts = text.split('-');
        let mut next = |width: usize| {
            let part = parts.next().filter(|part| part.len() == width).ok_or(InvalidIncarnation)?;
            let plain = part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            plain.then_some(part).ok_or(InvalidIncarnation)
        };
        let number = |part| u64::from_str_radix(part, 16).map_err(|_| InvalidIncarnation);
        let timeline = u32::from_str_radix(next(8)?, 16).map_err(|_| InvalidIncarnation)?;
        let incarnation = Self { timeline, system: number(next(16)?)?, nonce: number(next(16)?)? };
        if parts.next().is_some() { Err(InvalidIncarnation) } else { Ok(incarnation) }
    }
}

impl TryFrom<String> for Incarnation {
    type Error = InvalidIncarnation;

    fn try_from(text: String) -> Result<Self, InvalidIncarnation> {
        text.parse()
    }
}

impl From<Incarnation> for String {
    fn from(incarnation: Incarnation) -> Self {
        incarnation.to_string()
    }
}

/// The SHA-256 that chains a stream: of a batch and of the hash before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChainHash(pub [u8; 32]);

impl ChainHash {
    /// What the first batch of a stream follows.
    pub const START: Self = Self([0; 32]);
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// A text that is not the hash of a batch.
#[derive(Debug, thiserror::Error)]
#[error("the hash of a batch is 64 lower-case hexadecimal digits")]
pub struct InvalidChainHash;

impl TryFrom<String> for ChainHash {
    type Error = InvalidChainHash;

    fn try_from(text: String) -> Result<Self, InvalidChainHash> {
        read_hex(&text).map(Self).ok_or(InvalidChainHash)
    }
}

impl From<ChainHash> for String {
    fn from(hash: ChainHash) -> Self {
        hash.to_string()
    }
}

/// A stream: what one life of a block's database sends to the archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct StreamId {
    /// The block.
    pub block: BlockName,
    /// Which life of its database.
    pub incarnation: Incarnation,
}

/// How far a stream has come: its last batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Head {
    /// The number of the batch; batches count from 1.
    pub batch: u64,
    /// Its hash.
    pub hash: ChainHash,
}

impl Head {
    /// Before the first batch.
    pub const START: Self = Self { batch: 0, hash: ChainHash::START };
}

/// What a database does when its service starts and reads its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The life goes on.
    Same,
    /// It was promoted, restored or copied: a new incarnation begins. It names as parent the last
    /// batch that this database knows as acknowledged, and it has no generation.
    New,
}

/// Compares what the database wrote about itself with what the server says now.
pub fn identify(
    written: Option<&Incarnation>,
    (system, timeline): (u64, u32),
    guards: Guards,
) -> Identity {
    match written {
        Some(known) if known.system == system && known.timeline == timeline => Identity::Same,
        Some(_) if !guards.has(Guard::NewIncarnation) => Identity::Same,
        _ => Identity::New,
    }
}

/// Whether an answer of the archive counts, by its incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the one we know.
    Current,
    /// A later life of the archive: what only the earlier one acknowledged is *saved* until it has
    /// been sent again.
    Newer,
    /// A life that is over: ignore it.
    Old,
}

/// Compares the incarnation on an answer with the newest one seen here.
pub fn standing(known: Option<&Incarnation>, answering: &Incarnation, guards: Guards) -> Standing {
    match known {
        None => Standing::Newer,
        Some(known) if known == answering => Standing::Current,
        Some(known) if answering.is_later_than(known) => Standing::Newer,
        Some(_) if !guards.has(Guard::OldArchiveIgnored) => Standing::Current,
        Some(_) => Standing::Old,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(timeline: u32, nonce: u64) -> Incarnation {
        Incarnation { timeline, system: 7, nonce }
    }

    #[test]
    fn travels_as_text() {
        let text = life(2, 255).to_string();
        assert_eq!(text, "00000002-0000000000000007-00000000000000ff");
        assert_eq!(text.parse::<Incarnation>().unwrap(), life(2, 255));
        for bad in ["", "2-7-ff", "0000000A-0000000000000007-00000000000000ff", &(text + "-1")] {
            assert!(bad.parse::<Incarnation>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cluster_made_anew_is_later_whatever_its_timeline() {
        let anew = Incarnation { timeline: 1, system: 8, nonce: 1 };
        let cases = [
            ("promoted", life(3, 1), life(2, 9), true),
            ("the same", life(2, 1), life(2, 9), false),
            ("made anew", anew, life(3, 1), true),
            ("of the one before", life(3, 1), anew, false),
        ];
        for (case, one, other, expected) in cases {
            assert_eq!(one.is_later_than(&other), expected, "{case}");
        }
    }

    #[test]
    fn a_changed_identifier_or_timeline_is_a_new_life() {
        let known = life(2, 1);
        let cases = [
            (None, (7, 2), Identity::New),
            (Some(&known), (7, 2), Identity::Same),
            (Some(&known), (7, 3), Identity::New),
            (Some(&known), (8, 2), Identity::New),
        ];
        for (written, now, expected) in cases {
            assert_eq!(identify(written, now, Guards::ALL), expected, "{written:?} {now:?}");
        }
    }

    #[test]
    fn answers_of_an_earlier_life_do_not_count() {
        let known = life(2, 1);
        assert_eq!(standing(None, &known, Guards::ALL), Standing::Newer);
        assert_eq!(standing(Some(&known), &known, Guards::ALL), Standing::Current);
        assert_eq!(standing(Some(&known), &life(3, 9), Guards::ALL), Standing::Newer);
        assert_eq!(standing(Some(&known), &life(1, 9), Guards::ALL), Standing::Old);
        assert_eq!(standing(Some(&known), &life(2, 9), Guards::ALL), Standing::Old);
    }
}
