//! What may not happen: I1–I17 after every step, and that everything ends.
//!
//! The checker sees the whole world, which no actor does. It looks at effects and answers, never at
//! whether some guard was asked: a guard whose removal it does not notice is either not needed or
//! not tested.

mod effects;
mod ending;
mod sight;

use std::collections::{BTreeMap, BTreeSet};

use common::incarnation::StreamId;
use common::join::session::Epoch;
use common::operation::OperationState;
use common::placement::Placement;
use common::placement::moves::Step;
use common::{Generation, Incarnation, OperationId, Revision};

use crate::block::{Block, Db};
use crate::data::{Change, Data, Wish};
use crate::message::{NodeId, Slice, Who};
use crate::world::{CUSTOMERS, SLICE_OF};

/// Something that may not happen has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

/// What is known of an order.
#[derive(Clone, Debug, Default)]
struct Order {
    /// Somebody was entitled to place it where it was placed, or the customer has said yes.
    legitimate: bool,
    /// Somebody was entitled to cancel it, or the customer has said no.
    cancel_legitimate: bool,
    effects: u32,
}

/// How a generation came to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takeover {
    /// After a SEAL of this life of this block: nothing of it may be missing.
    Sealed(usize, Incarnation),
    /// By a cut, or by itself.
    Cut,
}

/// Everything the checker remembers.
#[derive(Debug)]
pub(crate) struct Checker {
    /// The first violation.
    pub violation: Option<Violation>,
    fences: [Option<Generation>; CUSTOMERS],
    loads: [Generation; CUSTOMERS],
    effects: [Vec<(OperationId, Generation)>; CUSTOMERS],
    orders: BTreeMap<OperationId, Order>,
    paid: BTreeMap<Wish, u32>,
    used: BTreeMap<(Slice, Generation), (usize, Incarnation)>,
    takeovers: BTreeMap<(Slice, Generation), Takeover>,
    known_locks: BTreeMap<(Slice, Generation), Vec<BTreeSet<u64>>>,
    on_time_locks: [BTreeSet<u64>; CUSTOMERS],
    placed_at: BTreeMap<u64, NodeId>,
    removed_locks: BTreeSet<u64>,
    sessions: BTreeMap<u64, (NodeId, bool)>,
    signed_out: [Epoch; CUSTOMERS],
    preferences: BTreeMap<u32, (u32, bool)>,
    committed: BTreeMap<u64, NodeId>,
    lost: BTreeSet<u64>,
    automatic: Option<(u64, usize)>,
    rewound: bool,
    forged: BTreeSet<OperationId>,
}

impl Checker {
    /// Nothing has happened yet.
    pub(crate) fn new() -> Self {
        Self {
            violation: None,
            fences: [None; CUSTOMERS],
            loads: [Generation(0); CUSTOMERS],
            effects: [const { Vec::new() }; CUSTOMERS],
            orders: BTreeMap::new(),
            paid: BTreeMap::new(),
            used: BTreeMap::new(),
            takeovers: BTreeMap::new(),
            known_locks: BTreeMap::new(),
            on_time_locks: [const { BTreeSet::new() }; CUSTOMERS],
            placed_at: BTreeMap::new(),
            removed_locks: BTreeSet::new(),
            sessions: BTreeMap::new(),
            signed_out: [Epoch::default(); CUSTOMERS],
            preferences: BTreeMap::new(),
            committed: BTreeMap::new(),
            lost: BTreeSet::new(),
            automatic: None,
            rewound: false,
            forged: BTreeSet::new(),
        }
    }

    /// Notes a violation; the first one stands.
    pub(crate) fn violated(&mut self, invariant: &'static str, what: String) {
        if self.violation.is_none() {
            self.violation = Some(Violation { invariant, what });
        }
    }

    // What actors report ---------------------------------------------------------------------

    /// The gateway has seen this generation of a customer.
    pub(crate) fn fenced(&mut self, who: Who, generation: Generation) {
        self.fences[who] = self.fences[who].max(Some(generation));
    }

    /// The archive has let somebody load a customer.
    pub(crate) fn loaded(&mut self, who: Who, generation: Generation) {
        self.loads[who] = self.loads[who].max(generation);
    }

    /// May somebody who is served under this generation order anything? Not once another has
    /// loaded the customer under a newer one and fenced him: by then he is a stranger at a
    /// superseded block.
    pub(crate) fn legitimate(&self, who: Who, generation: Generation) -> bool {
        let fenced = self.fences[who].is_some_and(|fence| fence > generation);
        !fenced || generation >= self.loads[who]
    }

    /// An order was committed.
    pub(crate) fn ordered(&mut self, id: OperationId, legitimate: bool) {
        self.orders.entry(id).or_default().legitimate |= legitimate;
    }

    /// A wish to cancel was committed.
    pub(crate) fn cancel_wanted(&mut self, id: OperationId, legitimate: bool) {
        self.orders.entry(id).or_default().cancel_legitimate |= legitimate;
    }

    /// An answer to a question was committed.
    pub(crate) fn answered(&mut self, id: OperationId, yes: bool, legitimate: bool) {
        let order = self.orders.entry(id).or_default();
        order.legitimate |= yes && legitimate;
        order.cancel_legitimate |= !yes && legitimate;
    }

    /// A block acted under a generation (I4).
    pub(crate) fn acted(
        &mut self,
        slice: Slice,
        generation: Generation,
        block: usize,
        life: Incarnation,
    ) {
        let user = *self.used.entry((slice, generation)).or_insert((block, life));
        if user != (block, life) {
            let what = format!(
                "generation {generation} of slice {slice} is used by two: {user:?} and {:?}",
                (block, life)
            );
            self.violated("I4", what);
        }
    }

    /// An event was committed.
    pub(crate) fn committed(&mut self, unique: u64, node: NodeId) {
        self.committed.insert(unique, node);
    }

    /// The archive found another batch under a number.
    pub(crate) fn fork(&mut self, stream: &StreamId) {
        self.violated("I13", format!("the stream of {} has forked", stream.block));
    }

    /// A row was changed by compare-and-set.
    pub(crate) fn row_set(
        &mut self,
        slice: Slice,
        (expected, before): (Revision, &Placement),
        after: &Placement,
        step: &Step,
        owner: usize,
        data: &[Data],
    ) {
        if expected != before.revision {
            let what = format!(
                "slice {slice} was changed by a proposal made on revision {} when it was {}",
                expected.0, before.revision.0
            );
            self.violated("revision", what);
        }
        if after.generation < before.generation {
            self.violated("I4", format!("the generation of slice {slice} fell"));
        }
        if after.generation == before.generation {
            return;
        }
        let kind = match (step, before.owner_incarnation) {
            (Step::Finish { .. }, Some(life)) => Takeover::Sealed(owner, life),
            _ => Takeover::Cut,
        };
        self.takeovers.insert((slice, after.generation), kind);
        let here = |who: usize| {
            let mut locks = data[who].locks.placed.clone();
            locks.retain(|id| self.on_time_locks[who].contains(id));
            if SLICE_OF[who] == slice { locks } else { BTreeSet::new() }
        };
        self.known_locks.insert((slice, after.generation), (0..CUSTOMERS).map(here).collect());
    }

    /// Automation has moved something (I14).
    pub(crate) fn moved_by_itself(&mut self, now: u64, home: usize) {
        if let Some((at, before)) = self.automatic
            && before != home
            && now < at + 600_000
        {
            let what = format!("automation moved block {before} and {} ms later {home}", now - at);
            self.violated("I14", what);
        }
        self.automatic = self.automatic.or(Some((now, home)));
    }

    /// The archive has let a loosening stand.
    pub(crate) fn loosened(&mut self, change: &Change) {
        if let Change::Unlock(shown) = change {
            self.removed_locks.extend(shown);
        }
    }

    /// A lock was placed.
    pub(crate) fn locked(&mut self, id: u64, node: NodeId) {
        self.placed_at.insert(id, node);
    }

    /// A session was opened.
    pub(crate) fn session_opened(&mut self, token: u64, node: NodeId, legitimate: bool) {
        self.sessions.insert(token, (node, legitimate));
    }

    /// A session was used to authenticate somebody, at a block that is entitled to.
    pub(crate) fn session_used(&mut self, token: u64, epoch: Epoch, node: NodeId, who: Who) {
        if epoch < self.signed_out[who] {
            let what = format!("customer-{who} had signed out everywhere, and a session goes on");
            self.violated("I9", what);
        }
        if let Some((opened_at, false)) = self.sessions.get(&token)
            && *opened_at != node
        {
            let what = format!("a session that a superseded block opened for customer-{who} lives");
            self.violated("I9", what);
        }
    }

    /// "Signed out" was said.
    pub(crate) fn signed_out(&mut self, who: Who, epoch: Epoch) {
        self.signed_out[who] = self.signed_out[who].max(epoch);
    }

    /// A preference was written on top of another. A request that the network repeats writes an old
    /// one anew: nothing stands above it any more.
    pub(crate) fn preferred(&mut self, value: u32, before: u32, legitimate: bool) {
        if value != before {
            self.preferences.retain(|_, (below, _)| *below != value);
            self.preferences.insert(value, (before, legitimate));
        }
    }

    /// A block has joined what it loaded: nothing of its own may be gone (I6) or fall back (I8).
    pub(crate) fn joined(&mut self, who: Who, before: &Data, after: &Data) {
        for (id, operation) in &before.operations {
            let Some(joined) = after.operations.get(id) else {
                let what = format!("{} of customer-{who} was dropped by a load", id.0);
                return self.violated("I6", what);
            };
            if joined.at.state.rank() < operation.at.state.rank() {
                let what = format!("{} of customer-{who} fell back by a load", id.0);
                return self.violated("I8", what);
            }
        }
        if !before.locks.placed.is_subset(&after.locks.placed) {
            self.violated("I6", format!("a lock of customer-{who} was dropped by a load"));
        }
    }

    /// A block has answered a repeated key with the state of the operation. It is the same intent
    /// (a check of its own: the guard protects what people are told).
    pub(crate) fn repeated(&mut self, id: OperationId, same: bool) {
        if !same {
            self.violated("intent", format!("{} was answered for another intent", id.0));
        }
    }

    /// A thief has tried somebody's key with another intent: whoever comes second is told so.
    pub(crate) fn forged(&mut self, id: OperationId) {
        self.forged.insert(id);
    }

    /// A client was told that its key belongs to another intent.
    pub(crate) fn told_mismatch(&mut self, who: Who, id: OperationId) {
        if self.forged.contains(&id) {
            return;
        }
        let what = format!("{} of customer-{who} is another intent elsewhere", id.0);
        self.violated("I2", what);
    }

    /// An operation that was called accepted is not in a complete view.
    pub(crate) fn vanished(&mut self, who: Who, id: OperationId) {
        if !self.rewound {
            let what = format!("accepted, and not there: {} of customer-{who}", id.0);
            self.violated("I3", what);
        }
    }

    /// The archive was restored: one compartment has lost something.
    pub(crate) fn archive_rewound(&mut self) {
        self.rewound = true;
        self.known_locks.clear();
        self.takeovers.clear();
    }

    /// Events that only the old one of two databases has.
    pub(crate) fn only_in(old: &Block, new: &Db) -> Vec<u64> {
        let kept: BTreeSet<u64> = new.outbox.values().map(|row| row.event.unique).collect();
        let all = old.db.outbox.values().map(|row| row.event.unique);
        all.filter(|unique| !kept.contains(unique)).collect()
    }

    /// These events are gone with a destroyed database.
    pub(crate) fn destroyed(&mut self, events: Vec<u64>) {
        self.lost.extend(events);
    }

    /// The state of an operation in the archive before a change.
    pub(crate) fn state_in_archive(data: &Data, change: &Change) -> Option<OperationState> {
        match change {
            Change::Operation(id, _) => data.operations.get(id).map(|known| known.at.state),
            _ => None,
        }
    }

    /// The archive has taken a change in (I8).
    pub(crate) fn archived(
        &mut self,
        who: Who,
        data: &Data,
        change: &Change,
        before: Option<OperationState>,
        late: bool,
    ) {
        if let (Change::Lock(id), false) = (change, late) {
            self.on_time_locks[who].insert(*id);
        }
        let after = Self::state_in_archive(data, change);
        if let (Some(before), Some(after)) = (before, after) {
            let fell = after.rank() < before.rank();
            if fell || (before.is_final() && after != before) {
                let what = format!("an operation of customer-{who} went from {before} to {after}");
                self.violated("I8", what);
            }
        }
    }
}
