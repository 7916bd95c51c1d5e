//! What a block does in the model: it takes orders, hands them to the gateway, loads, follows the
//! archive, hands over, seals. When it may is decided by `common`; here it is written down.

use std::sync::Arc;

use common::block::access::{Access, Standing, access, adopt_behind_gate, since};
use common::block::giving_up::{HandOver, Loose, Unseal, hand_over, may_seal, unseal};
use common::block::giving_up::{UNSEAL_AFTER_MS, UNSEAL_ALONE_AFTER_MS, seal_ends_transactions};
use common::block::loading::{Come, Step, Taking, may_execute, next, taking};
use common::block::row::{SealThen, seal_then};
use common::block::{journal, own};
use common::gateway::Answer;
use common::join::operation::{Version, join};
use common::operation::OperationState;
use common::operation::progress::{Change, NextCall, Reply, after_call, next_call};
use common::placement::{Adoption, Placement, adopt};
use common::{Generation, Revision, Timestamp};

use super::MoveModel;
use super::names::{NOW, POLICY, unfinished};
use super::state::{
    Block, Body, Call, Event, Handed, Journal, KEYS, Key, Loading, Open, Place, Sealed, State,
    ordered, written,
};

const FREE: Loose = Loose { oldest_unsent_ms: None, loosening: false, gone: false };

impl MoveModel {
    /// What a block's database says about the customer.
    pub(super) fn access(&self, state: &State, place: Place) -> Access {
        self.access_with(state, place, None)
    }

    fn access_with(&self, state: &State, place: Place, seen: Option<Revision>) -> Access {
        let block = &state.blocks[place];
        let handed = block.handed.map(|handed| handed.named(&self.names));
        let standing = Standing {
            me: self.names.block(place),
            life: self.names.life(place),
            outlived: false,
            row: Some(&block.row.0),
            seen,
            sealed: block.sealed.map(|sealed| sealed.generation),
            handed: handed.as_ref(),
            loaded: block.loaded,
            fence: block.fence,
        };
        access(&standing, self.guards)
    }

    /// The generation under which a block serves the customer now.
    pub(super) fn serves(&self, state: &State, place: Place) -> Option<Generation> {
        match self.access(state, place) {
            Access::Serve(generation) => Some(generation),
            _ => None,
        }
    }

    /// Lets the customer in, with what his ticket has seen.
    fn admits(&self, state: &State, place: Place) -> Option<Generation> {
        match self.access_with(state, place, Some(state.seen)) {
            Access::Serve(generation) => Some(generation),
            _ => None,
        }
    }

    /// Joins a version into the block's own, and writes the event of what became of it.
    fn write(state: &mut State, place: Place, under: Generation, key: Key, new: &Version) {
        state.acts(place, under);
        let before = state.blocks[place].operations[key];
        let after = before.map_or(*new, |before| join(&before, new));
        state.replaced(before.as_ref(), &after);
        let block = state.block(place);
        block.operations[key] = Some(after);
        block.outbox.push(Event { generation: under, body: Body::Operation(key, after) });
    }

    /// The customer orders, with the key he has. He came with a ticket that named this block, so he
    /// has seen the row that the block serves by. The transaction commits, or falls asleep.
    pub(super) fn order(&self, state: &State, place: Place, asleep: bool) -> Option<State> {
        let block = &state.blocks[place];
        if block.operations[state.key].is_some() || block.open.is_some() {
            return None;
        }
        let generation = self.admits(state, place)?;
        let mut next = state.clone();
        next.seen = next.seen.max(block.row.0.revision);
        if asleep {
            next.left.sleeps = next.left.sleeps.checked_sub(1)?;
            next.block(place).open = Some(Open { key: state.key, generation });
        } else {
            Self::write(&mut next, place, generation, state.key, &ordered(generation));
        }
        Some(next)
    }

    /// It commits, however long it has slept, unless it was ended.
    pub(super) fn commit(state: &State, place: Place) -> Option<State> {
        let Open { key, generation } = state.blocks[place].open?;
        let mut next = state.clone();
        next.block(place).open = None;
        if state.blocks[place].operations[key].is_none() {
            Self::write(&mut next, place, generation, key, &ordered(generation));
        }
        Some(next)
    }

    /// He looks. A complete view that lacks his order means to him that it never arrived.
    pub(super) fn new_key(&self, state: &State, place: Place) -> Option<State> {
        let block = &state.blocks[place];
        let unknown = block.operations[state.key].is_none() && block.open.is_none();
        if state.key + 1 == KEYS || !unknown {
            return None;
        }
        self.admits(state, place)?;
        let seen = state.seen.max(block.row.0.revision);
        Some(State { key: state.key + 1, seen, ..state.clone() })
    }

    /// He is asked, and answers: he wants what he is paying for, if no other order of the same wish
    /// was done or may yet be.
    pub(super) fn answer(&self, state: &State, place: Place, key: Key) -> Option<State> {
        let operations = &state.blocks[place].operations;
        let asked =
            |operation: &Version| !operation.state.is_final() && operation.marks.questioned();
        let operation = operations[key].filter(asked)?;
        let generation = self.admits(state, place)?;
        let alive = |other: &Version| match other.state {
            OperationState::Executed => true,
            open => !open.is_final() && !asked(other),
        };
        let other = operations
            .iter()
            .enumerate()
            .any(|(other, theirs)| other != key && theirs.as_ref().is_some_and(alive));
        let yes = key == state.key && !other;
        let mut answered = operation;
        let shown = answered.marks;
        answered.marks = answered.marks.answered(yes, &shown);
        if answered.marks == operation.marks {
            return None;
        }
        let answered = written(&answered, operation.state, generation);
        let mut next = state.clone();
        next.seen = next.seen.max(state.blocks[place].row.0.revision);
        Self::write(&mut next, place, generation, key, &answered);
        Some(next)
    }

    /// The worker hands an operation to the gateway.
    pub(super) fn send(&self, state: &State, place: Place, key: Key) -> Option<State> {
        let block = &state.blocks[place];
        let operation = block.operations[key].filter(|known| !known.state.is_final())?;
        let generation = self.serves(state, place)?;
        let since = since(&block.row.0, self.names.block(place), generation, self.guards);
        if !may_execute(block.loaded, since, true) {
            return None;
        }
        let void = match next_call(&unfinished(&operation), POLICY, now()) {
            NextCall::Execute => false,
            NextCall::Void(_) => true,
            _ => return None,
        };
        let call = Call { from: place, key, generation, void };
        if state.calls.contains(&call) {
            return None;
        }
        let mut next = state.clone();
        next.acts(place, generation);
        next.calls.insert(call);
        Some(next)
    }

    /// What the gateway answered to a call. What arrives when the customer has gone counts for
    /// nothing: whoever serves him then asks again under the same id.
    pub(super) fn answered(&self, state: &mut State, call: Call, answer: Answer) {
        let Some(generation) = self.serves(state, call.from) else { return };
        let known = state.blocks[call.from].operations[call.key];
        let Some(operation) = known.filter(|known| !known.state.is_final()) else { return };
        let reply = Reply::Answered(answer);
        match after_call(&unfinished(&operation), reply, now(), 0, now()) {
            Change::End(outcome) => {
                let ended = written(&operation, outcome.state, generation);
                Self::write(state, call.from, generation, call.key, &ended);
            }
            Change::Close(fence) => closed(state, call.from, fence),
            Change::GoOn { .. } | Change::Park => {}
        }
    }

    /// The next step of a load. The answer of the last one may be lost: then the archive has
    /// recorded a load that nobody has joined.
    pub(super) fn load(&self, state: &State, place: Place, lost: bool) -> Option<State> {
        let (generation, owns) = match self.access(state, place) {
            Access::Load(generation) => (generation, true),
            Access::AskFor(generation) => (generation, false),
            _ => return None,
        };
        let block = &state.blocks[place];
        let going = block.loading.as_ref().filter(|loading| loading.generation == generation);
        let loading = going.cloned().unwrap_or_else(|| {
            let loaded_before = block.loaded.is_some();
            let come = Come { permission: owns, loaded_before, ..Come::default() };
            Loading { generation, come, journal: Journal::default() }
        });
        let step = next(&loading.come, self.guards);
        if lost && (step != Step::Entities || state.left.crashes == 0) {
            return None;
        }
        let mut after = state.clone();
        match step {
            Step::Permission if self.permitted(state, place, generation) => {
                let come = Come { permission: true, ..loading.come };
                after.block(place).loading = Some(Loading { come, ..loading });
            }
            Step::Journal => match self.journal(&mut after, generation) {
                Ok(journal) => {
                    let come = Come { journal: true, ..loading.come };
                    after.block(place).loading = Some(Loading { come, journal, ..loading });
                }
                Err(fence) => {
                    after.block(place).loading = None;
                    closed(&mut after, place, fence);
                }
            },
            Step::Entities if self.permitted(state, place, generation) => {
                self.loaded(&mut after, place, &loading, lost);
            }
            _ => return None,
        }
        Some(after)
    }

    /// The archive answers with the entities, and they are joined.
    fn loaded(&self, state: &mut State, place: Place, loading: &Loading, lost: bool) {
        let generation = loading.generation;
        let others = state.archive.loads.iter().filter(|(by, _)| *by != place);
        let elsewhere = others.map(|(_, loaded)| *loaded).max();
        state.archive().loads.insert((place, generation));
        if lost {
            state.left.crashes -= 1;
            state.block(place).loading = None;
            return;
        }
        // The answer names the row that permits it. A block that knows an older one adopts it
        // first: otherwise its customers would carry less than they have seen (see `Order`).
        if state.blocks[place].row.0.revision < state.archive.row.0.revision {
            return;
        }
        let theirs = state.archive.operations;
        for (key, theirs) in theirs.iter().enumerate() {
            let theirs = theirs.as_ref();
            self.ask_for_own(state.block(place), key, generation, theirs, elsewhere);
            Self::take_in(state, place, key, theirs, taking(self.guards));
        }
        if journal::ends_transactions(self.guards) {
            state.block(place).open = None;
        }
        for (key, done) in loading.journal.into_iter().enumerate() {
            let known = state.blocks[place].operations[key];
            if let Some(end) = done.filter(|_| known.is_none_or(|known| !known.state.is_final())) {
                let ended = written(&known.unwrap_or(ordered(generation)), end, generation);
                Self::write(state, place, generation, key, &ended);
            }
        }
        let block = state.block(place);
        block.loaded = Some(generation);
        block.loading = None;
    }

    /// What is the block's own and not in the load is asked about like anybody's.
    fn ask_for_own(
        &self,
        block: &mut Block,
        key: Key,
        generation: Generation,
        theirs: Option<&Version>,
        elsewhere: Option<Generation>,
    ) {
        let Some(mine) = &mut block.operations[key] else { return };
        let (marks, _) = own::after_load(mine, theirs, generation, elsewhere, self.guards);
        mine.marks = marks;
    }

    fn take_in(
        state: &mut State,
        place: Place,
        key: Key,
        theirs: Option<&Version>,
        taking: Taking,
    ) {
        let joined = taking == Taking::Join;
        let before = state.blocks[place].operations[key];
        let after = match (before, theirs) {
            (mine, None) => mine.filter(|_| joined),
            (Some(mine), Some(theirs)) if joined => Some(join(&mine, theirs)),
            (_, Some(theirs)) => Some(*theirs),
        };
        if let Some(after) = &after {
            state.replaced(before.as_ref(), after);
        }
        if after != before {
            state.block(place).operations[key] = after;
        }
    }

    /// The owner, or the target, follows what has reached the archive.
    pub(super) fn follow(&self, state: &State, place: Place) -> Option<State> {
        let row = &state.blocks[place].row.0;
        let me = self.names.block(place);
        if !row.concerns(me) {
            return None;
        }
        let mut next = state.clone();
        for key in 0..KEYS {
            let theirs = state.archive.operations[key];
            Self::take_in(&mut next, place, key, theirs.as_ref(), Taking::Join);
        }
        (next.blocks[place].operations != state.blocks[place].operations).then_some(next)
    }

    /// The register is read, or pushed: the copy adopts the row.
    pub(super) fn adopt(&self, state: &State, place: Place) -> Option<State> {
        let arrived = &state.archive.row;
        let copy = &state.blocks[place].row.0;
        if adopt(Some(copy), &arrived.0) == Adoption::Known {
            return None;
        }
        let mut next = state.clone();
        let behind_gate = adopt_behind_gate(Some(copy), &arrived.0, self.guards);
        let block = next.block(place);
        if behind_gate {
            block.open = None;
        }
        if block.row.0.generation != arrived.0.generation {
            block.loading = None;
        }
        block.row = arrived.clone();
        let over = |sealed: Sealed| seal_then(sealed.own(), &arrived.0) != SealThen::Stands;
        if block.sealed.is_some_and(over) {
            block.sealed = None;
        }
        Some(next)
    }

    /// The target asks the owner for the customer, who is handed over.
    pub(super) fn hand_over(&self, state: &State, place: Place) -> Option<State> {
        let block = &state.blocks[place];
        let to = 1 - place;
        let Access::AskFor(generation) = self.access(state, to) else { return None };
        let me = (self.names.block(place), self.names.life(place));
        let asker = (self.names.block(to), generation);
        let handed = block.handed.map(|handed| handed.named(&self.names));
        let loose = Loose { gone: block.sealed.is_some(), ..FREE };
        let row = Some(block.row.0.as_ref());
        let decided = hand_over(row, me, asker, handed.as_ref(), loose, self.guards);
        let HandOver::Write(_) = decided else { return None };
        let under = block.row.0.generation;
        let handed = Handed { to, generation };
        let mut next = state.clone();
        let block = next.block(place);
        block.handed = Some(handed);
        block.open = None;
        block.outbox.push(Event { generation: under, body: Body::HandOver(handed) });
        Some(next)
    }

    /// A router asks the owner to seal, or, for an abort, the target.
    pub(super) fn seal(&self, state: &State, place: Place, as_target: bool) -> Option<State> {
        let block = &state.blocks[place];
        let row = &block.row.0;
        let generation = if as_target { row.target_generation? } else { row.generation };
        let me = (self.names.block(place), self.names.life(place));
        let loose = Loose { gone: block.sealed.is_some(), ..FREE };
        let may = may_seal(Some(row), me, generation, loose, self.guards);
        if !may || (as_target && state.left.aborts == 0) {
            return None;
        }
        let mut next = state.clone();
        let block = next.block(place);
        let revision = block.row.0.revision;
        block.sealed = Some(Sealed { generation, revision, unsealing: false });
        if seal_ends_transactions(self.guards) {
            block.open = None;
        }
        block.outbox.push(Event { generation, body: Body::Seal });
        Some(next)
    }

    /// Nothing came of the SEAL for a while; the archive may be away, too.
    pub(super) fn unseal(state: &State, place: Place, alone: bool) -> Option<State> {
        let sealed = state.blocks[place].sealed.filter(|sealed| !sealed.unsealing)?;
        if state.left.unseals == 0 {
            return None;
        }
        let waited = if alone { UNSEAL_ALONE_AFTER_MS } else { UNSEAL_AFTER_MS };
        let silent = if alone { UNSEAL_ALONE_AFTER_MS } else { 0 };
        let mut next = state.clone();
        next.left.unseals -= 1;
        let block = next.block(place);
        let generation = sealed.generation;
        block.sealed = match unseal(waited, silent) {
            Unseal::Wait => return None,
            Unseal::Write => Some(Sealed { unsealing: true, ..sealed }),
            Unseal::WriteAndServe => None,
        };
        block.alone |= alone;
        block.outbox.push(Event { generation, body: Body::Unseal });
        Some(next)
    }

    /// The process dies and starts again; the database stays.
    pub(super) fn crash(state: &State, place: Place) -> Option<State> {
        let block = &state.blocks[place];
        if state.left.crashes == 0 || (block.loading.is_none() && block.open.is_none()) {
            return None;
        }
        let mut next = state.clone();
        next.left.crashes -= 1;
        next.block(place).loading = None;
        next.block(place).open = None;
        Some(next)
    }
}

/// A gateway has seen a newer generation.
fn closed(state: &mut State, place: Place, fence: Generation) {
    let block = state.block(place);
    block.fence = block.fence.max(Some(fence));
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(NOW)
}

/// Arcs are shared between states until they are written to.
pub(super) fn shared(row: Placement) -> super::state::Row {
    super::state::Row(Arc::new(row))
}
