//! Login or phone → customer: a table in segments, each behind its own lock.
//!
//! Twelve bits of the hash choose the segment and 32 more are the fingerprint, so 44 bits tell keys
//! apart; 8 bytes hold an entry. A writer holds one small segment for a moment; readers of the
//! other 4,095 do not notice.

use std::hash::BuildHasher;
use std::sync::{PoisonError, RwLock};

use super::segment::Segment;

const SEGMENT_BITS: u32 = 12;

/// The table.
#[derive(Debug)]
pub struct Keys<S> {
    hasher: S,
    segments: Box<[RwLock<Segment>]>,
}

impl<S: BuildHasher> Keys<S> {
    /// An empty table whose keys are hashed by `hasher`.
    pub fn new(hasher: S) -> Self {
        let segments = (0..1_usize << SEGMENT_BITS).map(|_| RwLock::default()).collect();
        Self { hasher, segments }
    }

    /// The customer who has `key`; right for every key that was inserted.
    pub fn get(&self, key: &str) -> Option<u32> {
        let (segment, fingerprint) = self.place(key);
        segment.read().unwrap_or_else(PoisonError::into_inner).get(key, fingerprint)
    }

    /// Gives `key`, which nobody has, to customer `id` (not 0).
    pub fn insert(&self, key: &str, id: u32) {
        let (segment, fingerprint) = self.place(key);
        segment.write().unwrap_or_else(PoisonError::into_inner).insert(key, fingerprint, id);
    }

    /// Takes `key` from customer `id`; nothing happens if it is not his.
    pub fn remove(&self, key: &str, id: u32) {
        let (segment, fingerprint) = self.place(key);
        segment.write().unwrap_or_else(PoisonError::into_inner).remove(key, fingerprint, id);
    }

    /// Forgets all keys and makes room for so many others.
    pub fn clear(&self, keys: usize) {
        let share = keys.div_ceil(self.segments.len());
        // Shares differ by chance, by the root of what they are: three of them suffice nearly all
        // segments, and the others grow.
        let share = if keys == 0 { 0 } else { share + 3 * share.isqrt() };
        for segment in &self.segments {
            *segment.write().unwrap_or_else(PoisonError::into_inner) = Segment::with_room(share);
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let of = |segment: &RwLock<Segment>| {
            segment.read().unwrap_or_else(PoisonError::into_inner).bytes()
        };
        let heads = self.segments.len() * size_of::<RwLock<Segment>>();
        heads + self.segments.iter().map(of).sum::<usize>()
    }

    #[expect(clippy::cast_possible_truncation, reason = "parts of the hash are cut out of it")]
    fn place(&self, key: &str) -> (&RwLock<Segment>, u32) {
        let hash = self.hasher.hash_one(key.as_bytes());
        let segment = (hash >> (u64::BITS - SEGMENT_BITS)) as usize;
        (&self.segments[segment], hash as u32)
    }
}
