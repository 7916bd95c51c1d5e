//! May this block serve this customer now, and under which generation? Read inside the gate by
//! every transaction that changes something, and from memory by every request.

use crate::archive::late::HandedOver;
use crate::guards::{Guard, Guards};
use crate::ids::{BlockName, Generation, Revision};
use crate::incarnation::Incarnation;
use crate::placement::Placement;

/// What a block's database says about a customer and his slice.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// This block.
    pub me: &'a BlockName,
    /// The life of its database.
    pub life: &'a Incarnation,
    /// A later life of this database has been seen: closed for good.
    pub outlived: bool,
    /// The copy of the row.
    pub row: Option<&'a Placement>,
    /// The revision that the request's ticket has seen, or that an acknowledgement named when it
    /// said that our events were late.
    pub seen: Option<Revision>,
    /// The generation under which this block has sealed the slice.
    pub sealed: Option<Generation>,
    /// The customer was handed over.
    pub handed: Option<&'a HandedOver>,
    /// The generation under which he was last loaded here.
    pub loaded: Option<Generation>,
    /// The highest fence that a gateway has answered for him.
    pub fence: Option<Generation>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes, under this generation.
    Serve(Generation),
    /// Yes, once he has been loaded under this generation.
    Load(Generation),
    /// He has to be handed over to us first: ask the owner for this generation.
    AskFor(Generation),
    /// No: his block is another one (421, the client goes back to the router).
    Elsewhere(BlockName),
    /// Not now: the slice is sealed, and nobody has it yet.
    Sealed,
    /// No: this copy of the register is older than what others have seen, or knows no row.
    Behind,
    /// No: a gateway has seen a newer generation; closed until the row reaches it (protocol §5).
    Superseded,
}

/// Decides, in this order: is the copy good enough, is it us, have we given him away, is there a
/// newer fence, has he been loaded recently enough (I9).
pub fn access(standing: &Standing<'_>, guards: Guards) -> Access {
    let Some(row) = standing.row else {
        return Access::Behind;
    };
    if standing.outlived {
        return Access::Elsewhere(row.owner.clone());
    }
    if standing.seen.is_some_and(|seen| seen > row.revision) {
        return Access::Behind;
    }
    let (generation, since) = match entitled(standing, row, guards) {
        Ok(pair) => pair,
        Err(refusal) => return refusal,
    };
    if standing.fence.is_some_and(|fence| generation < fence) {
        return Access::Superseded;
    }
    let recent = match standing.loaded {
        Some(_) if !guards.has(Guard::LoadedGeneration) => true,
        Some(loaded) => loaded >= since,
        None => false,
    };
    match (recent, since == generation && row.owner != *standing.me) {
        (true, _) => Access::Serve(generation),
        (false, true) => Access::AskFor(generation),
        (false, false) => Access::Load(generation),
    }
}

/// The generation to act under, and the one that a copy must have been loaded under.
fn entitled(
    standing: &Standing<'_>,
    row: &Placement,
    guards: Guards,
) -> Result<(Generation, Generation), Access> {
    if row.owned_by(standing.me, standing.life, guards) {
        let away = standing.handed.filter(|handed| handed.generation > row.generation);
        if let Some(handed) = away {
            return Err(Access::Elsewhere(handed.to.clone()));
        }
        if standing.sealed == Some(row.generation) {
            return Err(Access::Sealed);
        }
        return Ok((row.generation, row.owner_since));
    }
    match row.target_generation {
        Some(generation) if row.drains_to(standing.me, standing.life, guards) => {
            if standing.sealed == Some(generation) {
                return Err(Access::Sealed);
            }
            Ok((generation, generation))
        }
        _ => Err(Access::Elsewhere(row.owner.clone())),
    }
}

/// The generation that the customer's copy here must have been loaded under, for a block that acts
/// under `generation`: as owner since nobody else served the slice, as target this very one.
pub fn since(
    row: &Placement,
    me: &BlockName,
    generation: Generation,
    guards: Guards,
) -> Generation {
    match (row.owner == *me, guards.has(Guard::LoadedGeneration)) {
        (false, _) => generation,
        (true, true) => row.owner_since,
        (true, false) => Generation(0),
    }
}

/// Must a row be adopted with the gate shut? Yes if owner or generation change here: a transaction
/// that slept through the change must not commit (protocol §3, *Gate*).
pub fn adopt_behind_gate(copy: Option<&Placement>, arrived: &Placement, guards: Guards) -> bool {
    let same = copy.is_some_and(|copy| {
        copy.owner == arrived.owner
            && copy.generation == arrived.generation
            && copy.owner_incarnation == arrived.owner_incarnation
    });
    !same && guards.has(Guard::AdoptBehindGate)
}

#[cfg(test)]
#[path = "tests/access.rs"]
mod tests;
