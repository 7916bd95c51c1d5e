//! The relay: the outbox, shipped to the archive in batches that never change once they were sent
//! (protocol §4).

use crate::guards::{Guard, Guards};
use crate::incarnation::{ChainHash, Head};

/// A batch that was committed as such before it was first sent, and is not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Where the stream will stand with it.
    pub head: Head,
    /// Exactly these rows of the outbox.
    pub rows: Vec<u64>,
}

/// What the relay does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send the batch in flight again, byte for byte.
    Again,
    /// Make a batch of what waits, commit it, then send it.
    Compose,
    /// Nothing waits.
    Rest,
}

/// Decides by the batch in flight and the rows that wait.
pub fn next(flight: Option<&Flight>, waiting: usize, guards: Guards) -> Next {
    match flight {
        Some(_) if guards.has(Guard::BatchKept) => Next::Again,
        Some(_) | None if waiting > 0 => Next::Compose,
        Some(_) => Next::Again,
        None => Next::Rest,
    }
}

/// What an acknowledgement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// The head advances, and the rows of the batch in flight are marked, in one transaction.
    Advance,
    /// It is of another batch: nothing.
    Ignore,
}

/// Decides by the batch in flight and the number acknowledged.
pub fn acknowledged(flight: Option<&Flight>, batch: u64) -> Acknowledged {
    match flight {
        Some(flight) if flight.head.batch == batch => Acknowledged::Advance,
        _ => Acknowledged::Ignore,
    }
}

/// Does the relay go back to where the archive says that the stream stands (a gap, or a new life of
/// the archive that has less)? `acknowledged` is our last batch that counts as acknowledged, `ours`
/// the hash under which we sent the batch the archive names. It never goes forward, and never onto
/// another past.
pub fn rewinds(archive: Head, acknowledged: u64, ours: Option<ChainHash>) -> bool {
    let ours = if archive.batch == 0 { Some(ChainHash::START) } else { ours };
    archive.batch < acknowledged && ours == Some(archive.hash)
}

/// Has the archive a row that went in this batch? A new life of this database takes what it has
/// not with it into its own stream.
pub fn archived(batch: Option<u64>, acknowledged: u64) -> bool {
    batch.is_some_and(|batch| batch <= acknowledged)
}

/// … and has it said whether it came late? `unjudged`: it has acknowledged the batch while it
/// recovered, and not since.
pub fn judged(batch: Option<u64>, acknowledged: u64, unjudged: bool) -> bool {
    archived(batch, acknowledged) && !unjudged
}

/// May a row be removed? Only once acknowledged, and after the replay window (I7).
pub fn removable(acknowledged: bool, age_ms: i64, window_ms: i64, guards: Guards) -> bool {
    let kept = acknowledged || !guards.has(Guard::KeptUntilAck);
    kept && age_ms >= window_ms
}

#[cfg(test)]
#[path = "tests/relay.rs"]
mod tests;
