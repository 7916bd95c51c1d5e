//! The archived stream of one life of a block: no gap and no fork (I13).

use crate::fingerprint::sha256_parts;
use crate::guards::{Guard, Guards};
use crate::incarnation::{ChainHash, Head};

/// What of a batch decides whether it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchKey {
    /// Its number; batches of a stream count from 1.
    pub batch: u64,
    /// The hash of the one before.
    pub previous: ChainHash,
    /// Its own, over the one before and every event.
    pub hash: ChainHash,
}

impl BatchKey {
    /// The key of the batch that follows `head` and holds these events, as they will travel.
    pub fn following(head: Head, events: &[&[u8]]) -> Self {
        let batch = head.batch + 1;
        let number = batch.to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![&head.hash.0, &number];
        parts.extend_from_slice(events);
        Self { batch, previous: head.hash, hash: ChainHash(sha256_parts(&parts)) }
    }

    /// Where a stream stands once this batch is its last.
    pub fn head(&self) -> Head {
        Head { batch: self.batch, hash: self.hash }
    }
}

/// What the archive does with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Apply it, then acknowledge it.
    Apply,
    /// It was applied before: the same acknowledgement again.
    Known,
    /// Something between is missing: say how far the stream has come.
    Gap,
    /// Another batch of this number was applied: the relay stops and alarms. Never renumbered.
    Fork,
}

/// Decides over a batch. `head` is the stream's last batch here; `known` the hash under which the
/// batch of this number was applied, if it was.
pub fn arrival(head: Head, known: Option<ChainHash>, key: &BatchKey) -> Arrival {
    if key.batch <= head.batch {
        return if known == Some(key.hash) { Arrival::Known } else { Arrival::Fork };
    }
    if key.batch > head.batch + 1 {
        return Arrival::Gap;
    }
    if key.previous == head.hash { Arrival::Apply } else { Arrival::Fork }
}

/// When the events of a batch are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// As it is applied; the acknowledgement names what was late.
    Now,
    /// The archive recovers and does not know whose the slices are: the batch is stored, and
    /// acknowledged without a verdict. It is judged once the rows are set.
    AfterRecovery,
}

/// When a batch that arrives now is judged.
pub fn judging(recovering: bool, guards: Guards) -> Judging {
    if recovering && guards.has(Guard::JudgeAfterRecovery) {
        Judging::AfterRecovery
    } else {
        Judging::Now
    }
}

#[cfg(test)]
#[path = "tests/stream.rs"]
mod tests;
