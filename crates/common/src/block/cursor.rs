//! How far a block has followed the archive: a vector of positions, one for each stream.
//!
//! One number over the archive's log would do until the archive is restored and gives the same
//! numbers out again; positions of streams survive that.

use std::collections::BTreeMap;

use crate::guards::{Guard, Guards};
use crate::incarnation::{Incarnation, StreamId};

/// What has been followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The life of the archive that it was read from.
    pub archive: Option<Incarnation>,
    /// The last batch of each stream.
    pub batches: BTreeMap<StreamId, u64>,
    /// The place in the archive's own log, which means something within one life of it only.
    pub place: u64,
}

impl Cursor {
    /// The cursor to read on with from this life of the archive: everything again from a new one,
    /// because its verdicts are new (joins make that harmless).
    pub fn for_archive(&mut self, archive: Incarnation, guards: Guards) {
        if self.archive != Some(archive) && guards.has(Guard::CursorByPosition) {
            self.batches.clear();
            self.place = 0;
        }
        self.archive = Some(archive);
    }

    /// Is a batch at `place` of the archive's log new?
    pub fn is_new(&self, stream: &StreamId, batch: u64, place: u64, guards: Guards) -> bool {
        if guards.has(Guard::CursorByPosition) {
            self.batches.get(stream).is_none_or(|&last| batch > last)
        } else {
            place >= self.place
        }
    }

    /// The log of this life of the archive begins here, and what was before it was never followed:
    /// read on from there, and load every customer anew.
    pub fn skip_to(&mut self, begins: u64) {
        self.place = self.place.max(begins);
    }

    /// A batch was followed.
    pub fn follow(&mut self, stream: &StreamId, batch: u64, place: u64) {
        let last = self.batches.entry(stream.clone()).or_default();
        *last = (*last).max(batch);
        self.place = self.place.max(place + 1);
    }
}

#[cfg(test)]
#[path = "tests/cursor.rs"]
mod tests;
