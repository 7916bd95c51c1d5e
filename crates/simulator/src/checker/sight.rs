//! What blocks answer, held against the whole world: I3, I8, I9, I15, I17.

use common::guards::Guards;
use common::operation::OperationState;
use common::placement::Placement;
use common::{Generation, OperationId};

use super::Takeover;
use crate::data::Change;
use crate::gateway::short;
use crate::message::{Body, NodeId, View, Who};
use crate::world::{FIRST_BLOCK, SLICE_OF, World};

impl World {
    /// Is this node, in truth, who serves the slice under this generation?
    fn entitled(&self, node: NodeId, who: Who, generation: Generation) -> bool {
        let row = &self.archive.db.rows[SLICE_OF[who]];
        self.archive.db.recovering.is_none() && self.serves_in_truth(node, who, generation, row)
    }

    fn serves_in_truth(
        &self,
        node: NodeId,
        who: Who,
        generation: Generation,
        row: &Placement,
    ) -> bool {
        let block = &self.blocks[node - FIRST_BLOCK];
        let (name, life) = (&self.names[block.name], &block.db.life);
        let handed = self.archive.db.handed[who].as_ref().is_some_and(|h| h.in_force(row));
        if handed {
            return row.drains_to(name, life, Guards::ALL)
                && row.target_generation == Some(generation);
        }
        row.generation == generation && row.owned_by(name, life, Guards::ALL)
    }

    /// Somebody was let in (I9): whoever is entitled knows every loosening and every lock that the
    /// archive had when his generation began.
    pub(crate) fn check_authentication(&mut self, node: NodeId, who: Who, generation: Generation) {
        if !self.entitled(node, who, generation) {
            return;
        }
        let data = &self.blocks[node - FIRST_BLOCK].db.customers[who].data;
        let archived = &self.archive.db.data[who];
        if data.password < archived.password {
            let what = format!("customer-{who} was let in with a password that he had replaced");
            return self.checker.violated("I9", what);
        }
        let known = self.checker.known_locks.get(&(SLICE_OF[who], generation));
        let missing = known.is_some_and(|known| !known[who].is_subset(&data.locks.placed));
        if missing {
            let what = format!("customer-{who} was let in by a copy that lacks a lock");
            self.checker.violated("I9", what);
        }
    }

    /// An order is taken: is there really no lock in force?
    pub(crate) fn check_unlocked(&mut self, node: NodeId, who: Who, generation: Generation) {
        if !self.entitled(node, who, generation) {
            return;
        }
        let placed = &self.blocks[node - FIRST_BLOCK].db.customers[who].data.locks.placed;
        let checker = &self.checker;
        let known = checker.known_locks.get(&(SLICE_OF[who], generation));
        let known = known.into_iter().flat_map(|known| &known[who]);
        let here = placed.iter().filter(|id| checker.placed_at.get(id) == Some(&node));
        let mut all = known.chain(here);
        let ignored = all.find(|id| !checker.removed_locks.contains(id)).copied();
        if let Some(id) = ignored {
            let what = format!("an order of customer-{who} was taken in spite of lock {id}");
            self.checker.violated("I9", what);
        }
    }

    /// A view was called complete (I15, I17).
    pub(crate) fn check_complete_view(&mut self, node: NodeId, who: Who, view: &View) {
        let loaded = self.blocks[node - FIRST_BLOCK].db.customers[who].loaded;
        let first = loaded == Some(Generation(1));
        if !first && self.checker.fences[who] < loaded {
            let what = format!("a view of customer-{who} is called complete and is not fenced");
            return self.checker.violated("I15", what);
        }
        for id in self.checker.effects_before(who, loaded.unwrap_or_default()) {
            // A foreign system may finish after the journal was read: then it is shown as open.
            let executed = |(shown, operation): &(OperationId, crate::data::Operation)| {
                let state = operation.at.state;
                *shown == id && (state == OperationState::Executed || !state.is_final())
            };
            if !view.operations.iter().any(executed) {
                let what = format!("a complete view of customer-{who} lacks {}", short(id));
                return self.checker.violated("I17", what);
            }
        }
        self.check_nothing_left_behind(node, who, view);
    }

    /// After a SEAL or a hand-over nothing of the former owner may be missing.
    fn check_nothing_left_behind(&mut self, node: NodeId, who: Who, view: &View) {
        let slice = SLICE_OF[who];
        let row = &self.archive.db.rows[slice];
        let draining = row.target_generation == Some(view.generation) && row.target.is_some();
        let former = match self.checker.takeovers.get(&(slice, view.generation)) {
            Some(Takeover::Sealed(block, life)) => Some((*block, *life)),
            None if draining => {
                row.owner_incarnation.map(|life| (self.block_named(&row.owner), life))
            }
            _ => None,
        };
        let Some((block, life)) = former.filter(|_| !self.checker.rewound) else { return };
        let left = self
            .blocks
            .iter()
            .enumerate()
            .filter(|(at, left)| {
                left.name == block && left.db.life == life && FIRST_BLOCK + at != node
            })
            .flat_map(|(_, left)| &left.db.customers[who].data.operations)
            .find(|(id, operation)| {
                !operation.at.state.is_final()
                    && operation.at.generation < view.generation
                    && !view.operations.iter().any(|(shown, _)| shown == *id)
            })
            .map(|(id, _)| *id);
        if let Some(id) = left {
            let what = format!(
                "a complete view of customer-{who} lacks {}, which the former owner holds open",
                short(id)
            );
            self.checker.violated("I17", what);
        }
    }

    /// An operation was called accepted (I3).
    pub(crate) fn check_accepted(&mut self, node: NodeId, who: Who, id: OperationId) {
        let believed = self.blocks[node - FIRST_BLOCK].db.archive_life;
        if believed.is_some_and(|life| life != self.archive.db.life) {
            return; // Nobody could have told this block yet that the archive has lost something.
        }
        let archived = self.archive.db.data[who].operations.contains_key(&id)
            || self.archive_holds_unjudged(id)
            || self.archive_holds_raw(id);
        let begun = self.gateway.records.contains_key(&id) || self.gateway.ends.contains_key(&id);
        if !archived && !begun {
            let what = format!("{} was called accepted and is in one compartment", short(id));
            self.checker.violated("I3", what);
        }
    }

    /// A block tells a customer that a loosening stands (I9).
    pub(crate) fn check_loosened(&mut self, node: NodeId, who: Who, change: &Change) {
        let believed = self.blocks[node - FIRST_BLOCK].db.archive_life;
        let known = believed == Some(self.archive.db.life) && self.archive.db.recovering.is_none();
        let stands = match change {
            Change::Password(version) => self.archive.db.data[who].password >= *version,
            _ => true,
        };
        if known && !stands {
            let what = format!("customer-{who} is told of a password that stands nowhere");
            self.checker.violated("I9", what);
        }
    }

    fn archive_holds_unjudged(&self, id: OperationId) -> bool {
        let unjudged = self.archive.db.recovering.iter().flat_map(|r| &r.unjudged);
        unjudged.flat_map(|(_, _, events)| events.iter()).any(
            |event| matches!(&event.body, Body::Change(Change::Operation(held, _)) if *held == id),
        )
    }

    fn archive_holds_raw(&self, id: OperationId) -> bool {
        self.archive.db.raw.iter().any(|(_, raw)| {
            matches!(&raw.event.body, Body::Change(Change::Operation(held, _)) if *held == id)
        })
    }

    /// A block has written a final state (I8).
    pub(crate) fn check_end(&mut self, who: Who, id: OperationId, state: OperationState) {
        if self.gateway.ends.get(&id) != Some(&state) {
            let what = format!("{} of customer-{who} is {state} here alone", short(id));
            self.checker.violated("I8", what);
        }
    }
}
