//! What is late: written by somebody who was not, or not any more, entitled to write it
//! (protocol §4).
//!
//! Late events are never dropped (I6). They are stored with this verdict, and the owner follows
//! them. The verdict is given once, with the row held against moves.

use crate::guards::Guards;
use crate::ids::{BlockName, Generation};
use crate::incarnation::Incarnation;
use crate::placement::Placement;

/// Who wrote an event, and under what.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// The block.
    pub block: &'a BlockName,
    /// The life of its database.
    pub incarnation: &'a Incarnation,
    /// Another life of it has followed.
    pub closed: bool,
    /// The generation it wrote under.
    pub generation: Generation,
    /// It has sealed the slice under the row's generation, and not unsealed it.
    pub sealed: bool,
}

/// A hand-over of a customer that the archive has applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// To whom.
    pub to: BlockName,
    /// The generation reserved for him.
    pub generation: Generation,
}

impl HandedOver {
    /// Is it in force? An abort, and whatever else raises the row's generation, ends it.
    pub fn in_force(&self, row: &Placement) -> bool {
        row.target_generation == Some(self.generation) && row.target.as_ref() == Some(&self.to)
    }
}

/// Is an event late, and how much must its writer close?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lateness {
    /// Its writer was entitled to write it.
    OnTime,
    /// Late: the writer closes this customer.
    Customer,
    /// Late: the writer closes the slice.
    Slice,
}

impl Lateness {
    /// Late at all?
    pub fn is_late(self) -> bool {
        self != Self::OnTime
    }
}

/// Judges a SEAL or UNSEAL: the owner's, or of a drain's target under the generation reserved for
/// it. Never late against itself.
pub fn judge_seal(row: &Placement, writer: &Writer<'_>, guards: Guards) -> Lateness {
    let owner = row.owned_by(writer.block, writer.incarnation, guards)
        && writer.generation >= row.owner_since;
    let target = row.drains_to(writer.block, writer.incarnation, guards)
        && row.target_generation == Some(writer.generation);
    if (owner || target) && !writer.closed { Lateness::OnTime } else { Lateness::Slice }
}

/// Judges an event of a customer of the row's slice.
///
/// Older generations of the row's owner are on time as long as nobody else served the slice in
/// between, which is what `owner_since` says.
pub fn judge(
    row: &Placement,
    writer: &Writer<'_>,
    handed: Option<&HandedOver>,
    guards: Guards,
) -> Lateness {
    if writer.closed {
        return Lateness::Slice;
    }
    let owner = row.owned_by(writer.block, writer.incarnation, guards);
    if let Some(handed) = handed.filter(|handed| handed.in_force(row)) {
        if row.drains_to(writer.block, writer.incarnation, guards) {
            let entitled = writer.generation == handed.generation && !writer.sealed;
            return if entitled { Lateness::OnTime } else { Lateness::Slice };
        }
        return if owner { Lateness::Customer } else { Lateness::Slice };
    }
    if owner && !writer.sealed && writer.generation >= row.owner_since {
        Lateness::OnTime
    } else {
        Lateness::Slice
    }
}

#[cfg(test)]
#[path = "tests/late.rs"]
mod tests;
