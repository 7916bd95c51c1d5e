//! Who may follow the archive's log, and what he is given of it (protocol §5, *Adoption*).
//!
//! Only the owner by the archive's own row, or the target of its drain: a superseded block would
//! adopt what is not its any more. The answer names the revisions of those rows; a block whose copy
//! says otherwise reads the register first.

use crate::block::cursor::Cursor;
use crate::guards::{Guard, Guards};
use crate::ids::BlockName;
use crate::incarnation::{Incarnation, StreamId};
use crate::placement::Placement;

/// May this life of this block follow what happens in the row's slice?
pub fn may_follow(
    row: &Placement,
    (block, life): (&BlockName, &Incarnation),
    guards: Guards,
) -> bool {
    row.owned_by(block, life, guards) || row.drains_to(block, life, guards)
}

/// How the archive reads its log for a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// From this place of the log on.
    pub from: u64,
    cursor: Cursor,
    /// Within one life of the archive the place says what is new, quicker and the same.
    by_place: bool,
}

/// Reads on for a cursor, in this life of the archive.
pub fn reading(mut cursor: Cursor, archive: Incarnation, guards: Guards) -> Reading {
    let same = cursor.archive == Some(archive);
    cursor.for_archive(archive, guards);
    let by_place = same || !guards.has(Guard::CursorByPosition);
    Reading { from: if by_place { cursor.place } else { 0 }, cursor, by_place }
}

impl Reading {
    /// Is the batch at `place` of the log given?
    pub fn gives(&self, stream: &StreamId, batch: u64, place: u64, guards: Guards) -> bool {
        place >= self.from && (self.by_place || self.cursor.is_new(stream, batch, place, guards))
    }
}

#[cfg(test)]
#[path = "tests/following.rs"]
mod tests;
