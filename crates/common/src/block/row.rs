//! What a row does that a block takes into its copy of the register (protocol §3).

use super::access::adopt_behind_gate;
use super::giving_up::Sealed;
use crate::guards::{Guard, Guards};
use crate::ids::BlockName;
use crate::incarnation::Incarnation;
use crate::placement::{Adoption, Placement, adopt};

/// What becomes of this block's own SEAL of the slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealThen {
    /// There is none, or it stands.
    Stands,
    /// The slice has passed on to a newer generation: it counts no more.
    Passed,
    /// UNSEAL was applied and the slice is still ours: open again.
    Unsealed,
}

/// What to do with the row, beside storing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// End the slice's open transactions: the gate is taken exclusively.
    pub ends_transactions: bool,
    /// It names a later life of this database: close for good.
    pub outlived: bool,
    /// What becomes of our SEAL.
    pub seal: SealThen,
    /// Loads of the slice's customers that are under way are of another generation: drop them.
    pub drops_loads: bool,
}

/// Decides over a row that arrives; nothing for one that the copy has or has passed.
pub fn adopting(
    (me, life): (&BlockName, &Incarnation),
    copy: Option<&Placement>,
    arrived: &Placement,
    sealed: Option<Sealed>,
    guards: Guards,
) -> Option<Adopted> {
    if adopt(copy, arrived) == Adoption::Known {
        return None;
    }
    Some(Adopted {
        ends_transactions: adopt_behind_gate(copy, arrived, guards),
        outlived: outlived_by(arrived, me, life, guards),
        seal: sealed.map_or(SealThen::Stands, |sealed| seal_then(sealed, arrived)),
        drops_loads: copy.is_none_or(|copy| copy.generation != arrived.generation),
    })
}

/// Does the row name a later life of this block's database, as owner or target (or, where there is
/// no target, as the one that was named last for the home)?
fn outlived_by(row: &Placement, me: &BlockName, life: &Incarnation, guards: Guards) -> bool {
    let named = |who: &BlockName, named: Option<Incarnation>| {
        who == me && named.is_some_and(|named| named.is_later_than(life))
    };
    let target = row.target.as_ref().unwrap_or(&row.home);
    let later = named(&row.owner, row.owner_incarnation) || named(target, row.target_incarnation);
    later && guards.has(Guard::RowNamesIncarnation)
}

/// What a row makes of our SEAL.
pub fn seal_then(sealed: Sealed, row: &Placement) -> SealThen {
    let target = row.target_generation == Some(sealed.generation);
    if sealed.generation < row.generation && !target {
        return SealThen::Passed;
    }
    let ours = row.generation == sealed.generation || target;
    if sealed.unsealing && ours && row.revision > sealed.revision {
        SealThen::Unsealed
    } else {
        SealThen::Stands
    }
}

#[cfg(test)]
#[path = "tests/row.rs"]
mod tests;
