//! Who may load a customer (protocol §6): the owner, from his row; the target of a drain, from a
//! HANDOVER that the archive has applied.

use super::late::HandedOver;
use crate::guards::{Guard, Guards};
use crate::ids::{BlockName, Generation};
use crate::incarnation::Incarnation;
use crate::placement::Placement;

/// Who asks the archive for a customer.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The block.
    pub block: &'a BlockName,
    /// The life of its database.
    pub life: &'a Incarnation,
    /// Another life of it has followed.
    pub closed: bool,
}

/// Does the archive let this block load a customer of the slice now? Not while it recovers, and
/// nobody whose life is over; then by the row.
pub fn may_load(
    recovering: bool,
    row: &Placement,
    asker: Asker<'_>,
    generation: Generation,
    handed: Option<&HandedOver>,
    hinted: bool,
    guards: Guards,
) -> bool {
    let block = (asker.block, asker.life);
    !recovering && !asker.closed && permitted(row, block, generation, handed, hinted, guards)
}

/// May this block load a customer of the slice under `generation`? `hinted`: the owner has told it
/// that he handed the customer over, which by itself permits nothing.
pub fn permitted(
    row: &Placement,
    (block, life): (&BlockName, &Incarnation),
    generation: Generation,
    handed: Option<&HandedOver>,
    hinted: bool,
    guards: Guards,
) -> bool {
    if row.owned_by(block, life, guards) {
        return generation == row.generation;
    }
    let told = hinted && !guards.has(Guard::DurableHandOver);
    row.drains_to(block, life, guards)
        && row.target_generation == Some(generation)
        && (told || handed.is_some_and(|handed| handed.in_force(row)))
}

#[cfg(test)]
#[path = "tests/loading.rs"]
mod tests;
