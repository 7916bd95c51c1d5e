//! Whether somebody has sealed a slice, as far as the archive knows: what he writes after his SEAL
//! is late, and he loosens nothing any more (protocol §3, §4).

use crate::ids::Generation;
use crate::incarnation::Incarnation;
use crate::placement::Placement;
use crate::placement::moves::Seal;

/// Has this life of the SEAL's writer sealed the slice as the row stands: under the generation of
/// its owner, or under the one reserved for the target?
pub fn sealed(seal: Option<&Seal>, life: &Incarnation, row: &Placement) -> bool {
    seal.is_some_and(|seal| {
        let current = Some(seal.generation) == row.target_generation;
        stands(seal, life) && (seal.generation == row.generation || current)
    })
}

/// Has this life of the SEAL's writer sealed the slice under this generation?
pub fn sealed_under(seal: Option<&Seal>, life: &Incarnation, generation: Generation) -> bool {
    seal.is_some_and(|seal| stands(seal, life) && seal.generation == generation)
}

fn stands(seal: &Seal, life: &Incarnation) -> bool {
    !seal.voided && seal.incarnation == *life
}

#[cfg(test)]
#[path = "tests/seals.rs"]
mod tests;
