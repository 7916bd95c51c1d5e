//! Loosening: a new password, a lock taken off, a higher limit. A compare-and-set at the archive
//! under the generation of whoever serves the customer (I9, protocol §6).
//!
//! The archive stores the refusal too: a change that arrives late cannot succeed.

use super::late::{HandedOver, Writer};
use crate::guards::{Guard, Guards};
use crate::placement::Placement;

/// What the archive says to a loosening; stored under its id and repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It stands.
    Applied,
    /// It does not, and never will under this id.
    Refused,
}

/// Decides over a loosening that the archive meets for the first time.
pub fn decide(
    row: &Placement,
    writer: &Writer<'_>,
    handed: Option<&HandedOver>,
    guards: Guards,
) -> Verdict {
    let handed = handed.filter(|handed| handed.in_force(row));
    let given_away = handed.is_some() && guards.has(Guard::NoLooseningAfterHandOver);
    let as_owner = row.owned_by(writer.block, writer.incarnation, guards)
        && writer.generation == row.generation
        && !given_away;
    let as_target = row.drains_to(writer.block, writer.incarnation, guards)
        && handed.is_some_and(|handed| handed.generation == writer.generation);
    let sealed = writer.sealed && guards.has(Guard::NoLooseningAfterHandOver);
    if (as_owner || as_target) && !writer.closed && !sealed {
        Verdict::Applied
    } else {
        Verdict::Refused
    }
}

#[cfg(test)]
#[path = "tests/loosening.rs"]
mod tests;
