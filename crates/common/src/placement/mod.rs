//! The register of ownership as a block or router sees it: rows, and what a row permits.
//!
//! Each row says who may serve one slice of one home (protocol §3). Blocks and the router keep a
//! copy; every admission, gate and EXECUTE reads it. No generation is a constant anywhere.

pub mod conduct;
pub mod moves;
pub mod readiness;
pub mod records;
pub mod recovery;
#[cfg(test)]
pub(crate) mod samples;
pub mod slice;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{BlockName, Generation, Revision};
use crate::incarnation::Incarnation;
use slice::SliceId;

/// Who serves a slice, in one word (the table of protocol §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlacementState {
    /// The home serves.
    Active,
    /// The owner serves; the target serves those who were handed over.
    Draining,
    /// A backup serves.
    Moved,
    /// The home serves, as soon as it has joined what remains.
    Returning,
}

impl PlacementState {
    /// The word in databases and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draining => "draining",
            Self::Moved => "moved",
            Self::Returning => "returning",
        }
    }

    /// The state that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Draining, Self::Moved, Self::Returning]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// One row of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The block to which the directory assigns the slice's customers.
    pub home: BlockName,
    /// Which 64th of the home's customers.
    pub slice: SliceId,
    /// The generation under which the owner acts (I4).
    pub generation: Generation,
    /// The block that may serve the slice now.
    pub owner: BlockName,
    /// The incarnation of the owner's database that this row means, once incarnations are kept.
    #[schema(value_type = Option<String>)]
    pub owner_incarnation: Option<Incarnation>,
    /// The generation that made this owner's older copies stale.
    pub owner_since: Generation,
    /// Who serves, in one word.
    pub state: PlacementState,
    /// Where the slice is going, while it drains.
    pub target: Option<BlockName>,
    /// The life of the target's database that the move began with.
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_incarnation: Option<Incarnation>,
    /// The generation reserved for the target.
    pub target_generation: Option<Generation>,
    /// Sessions opened under an older generation are dead.
    pub sessions_from_generation: Generation,
    /// Raised by every change; compare-and-set compares it.
    pub revision: Revision,
    /// Why the row is as it is, in a person's words.
    pub reason: String,
    /// Who decided it.
    pub decided_by: String,
}

impl Placement {
    /// The first row of a slice: its home serves it under generation 1.
    pub fn first(home: BlockName, slice: SliceId, decided_by: &str) -> Self {
        Self {
            owner: home.clone(),
            home,
            slice,
            generation: Generation(1),
            owner_incarnation: None,
            owner_since: Generation(1),
            state: PlacementState::Active,
            target: None,
            target_incarnation: None,
            target_generation: None,
            sessions_from_generation: Generation(0),
            revision: Revision(1),
            reason: "first start".to_owned(),
            decided_by: decided_by.to_owned(),
        }
    }

    /// Where a router sends a customer of the slice. While it drains, a new login goes to the
    /// target and is handed over there; a session that is open goes on at the owner.
    pub fn routed(&self, new_login: bool) -> &BlockName {
        let draining = self.state == PlacementState::Draining && new_login;
        self.target.as_ref().filter(|_| draining).unwrap_or(&self.owner)
    }

    /// Does the row concern this block, as owner or as target, in whichever life?
    pub fn concerns(&self, block: &BlockName) -> bool {
        self.owner == *block || self.target.as_ref() == Some(block)
    }

    /// The part of the row that tickets and 421 answers carry.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            home: self.home.clone(),
            slice: self.slice,
            revision: self.revision,
            generation: self.generation,
            owner: self.owner.clone(),
        }
    }
}

/// What a ticket or a 421 answer says of a row; sealed, so that it can be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The home of the slice.
    pub home: BlockName,
    /// Which slice.
    pub slice: SliceId,
    /// The row's revision when it was written down.
    pub revision: Revision,
    /// The row's generation then.
    pub generation: Generation,
    /// The row's owner then.
    pub owner: BlockName,
}

/// What to do with a row that arrives at a copy of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// The copy has this revision or a newer one: nothing to do.
    Known,
    /// Store it; a block asks [`crate::block::access::adopt_behind_gate`] how.
    Store,
}

/// Decides over a row that was pushed to a copy of the register. Only a higher revision counts.
pub fn adopt(copy: Option<&Placement>, arrived: &Placement) -> Adoption {
    match copy {
        Some(copy) if arrived.revision <= copy.revision => Adoption::Known,
        _ => Adoption::Store,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> BlockName {
        text.parse().unwrap()
    }

    fn row() -> Placement {
        Placement::first(name("client-1"), SliceId::try_from(3).unwrap(), "test")
    }

    #[test]
    fn only_a_higher_revision_is_adopted() {
        let newer = Placement { revision: Revision(2), ..row() };
        assert_eq!(adopt(None, &row()), Adoption::Store);
        assert_eq!(adopt(Some(&row()), &row()), Adoption::Known);
        assert_eq!(adopt(Some(&newer), &row()), Adoption::Known);
        assert_eq!(adopt(Some(&row()), &newer), Adoption::Store);
    }

    #[test]
    fn new_logins_go_where_the_slice_is_going() {
        use PlacementState::{Active, Draining, Moved, Returning};
        let (home, backup) = (name("client-1"), name("backup"));
        let cases = [
            (Active, &home, None, true, &home),
            (Draining, &home, Some(&backup), true, &backup),
            (Draining, &home, Some(&backup), false, &home),
            (Moved, &backup, None, true, &backup),
            (Draining, &backup, Some(&home), true, &home),
            (Draining, &backup, Some(&home), false, &backup),
            (Returning, &home, None, true, &home),
        ];
        for (state, owner, target, new_login, expected) in cases {
            let (owner, target) = (owner.clone(), target.cloned());
            let row = Placement { owner, state, target, ..row() };
            assert_eq!(row.routed(new_login), expected, "{state:?} {new_login}");
        }
    }

    #[test]
    fn a_row_concerns_owner_and_target() {
        let row = Placement { target: Some(name("backup")), ..row() };
        let cases = [("client-1", true), ("backup", true), ("client-2", false)];
        for (block, expected) in cases {
            assert_eq!(row.concerns(&name(block)), expected, "{block}");
        }
    }
}
