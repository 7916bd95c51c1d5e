//! The archive of the model: it judges and joins what arrives, permits loads, and decides moves.
//! Streams are in order and without gaps here; `archive::stream` has tests of its own.

use common::archive::asked::on_arrival;
use common::archive::judging::{Arriving, Effect, Judgement, Told, judge_event};
use common::archive::loading::permitted;
use common::join::arriving::arrive;
use common::join::operation::Version;
use common::placement::moves::{AtArchive, Proposal, Seal, Step, propose};
use common::{Generation, Revision};

use super::MoveModel;
use super::block::shared;
use super::state::{ArchivedSeal, Body, Event, HOME, Key, Place, State};

/// A move, as somebody wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Toward the other block: a planned move, or a return.
    Drain,
    /// The owner has sealed.
    Finish,
    /// Pass the owner by.
    Force,
    /// Give the drain up, with the target's SEAL or its cut.
    Abort {
        /// The target is said to be dead.
        cut: bool,
    },
}

impl MoveModel {
    /// The next event of a block's outbox reaches the archive.
    pub(super) fn ship(&self, state: &State, place: Place) -> Option<State> {
        let event = *state.blocks[place].outbox.first()?;
        let mut next = state.clone();
        next.block(place).outbox.remove(0);
        self.apply(&mut next, place, &event);
        Some(next)
    }

    fn apply(&self, state: &mut State, place: Place, event: &Event) {
        let row = state.archive.row.0.clone();
        let seal = state.archive.seals[place].map(|seal| self.seal_of(place, seal));
        let handed = state.archive.handed.map(|handed| handed.named(&self.names));
        let told_over = match event.body {
            Body::HandOver(handed) => Some(handed.named(&self.names)),
            _ => None,
        };
        let told = match (event.body, &told_over) {
            (_, Some(handed)) => Told::HandOver(handed),
            (Body::Seal, _) => Told::Seal,
            (Body::Unseal, _) => Told::Unseal,
            _ => Told::Change,
        };
        let arriving = Arriving {
            stream: self.names.stream(place),
            closed: false,
            generation: event.generation,
            told,
            seal: seal.as_ref(),
            handed: handed.as_ref(),
        };
        let Judgement { late, serving, effect } = judge_event(&row, &arriving, self.guards);
        let generation = event.generation;
        let archive = state.archive();
        match (effect, event.body) {
            (Effect::Seal(_), _) => {
                archive.seals[place] = Some(ArchivedSeal { generation, voided: false });
            }
            (Effect::Void(row), _) => {
                archive.seals[place] = Some(ArchivedSeal { generation, voided: true });
                archive.row = shared(*row);
            }
            (Effect::HandOver(_), Body::HandOver(handed)) => archive.handed = Some(handed),
            (Effect::TakeIn, Body::Operation(key, theirs)) => {
                let late = late.is_late().then_some(serving);
                self.take_in_operation(state, (place, generation), key, &theirs, late);
            }
            _ => {}
        }
    }

    fn seal_of(&self, place: Place, seal: ArchivedSeal) -> Seal {
        Seal {
            block: self.names.block(place).clone(),
            incarnation: *self.names.life(place),
            generation: seal.generation,
            voided: seal.voided,
        }
    }

    fn take_in_operation(
        &self,
        state: &mut State,
        (place, generation): (Place, Generation),
        key: Key,
        theirs: &Version,
        late: Option<Generation>,
    ) {
        let mine = state.archive.operations[key];
        let mut after = arrive(mine.as_ref(), theirs, late);
        let loads: Vec<_> = state.archive.loads.iter().map(|load| self.names.load(*load)).collect();
        let written = (self.names.stream(place), generation);
        if let Some(asked) = on_arrival(mine.is_some(), theirs.state, written, &loads) {
            after.marks.asked = after.marks.asked.because_of(asked);
        }
        state.replaced(mine.as_ref(), &after);
        state.archive().operations[key] = Some(after);
    }

    /// May a block load the customer?
    pub(super) fn permitted(&self, state: &State, place: Place, under: Generation) -> bool {
        let archive = &state.archive;
        let handed = archive.handed.map(|handed| handed.named(&self.names));
        // The owner repeats its answer whenever it is asked.
        let told = state.blocks[1 - place].handed;
        let hinted = told.is_some_and(|told| told.to == place && told.generation == under);
        let block = (self.names.block(place), self.names.life(place));
        permitted(&archive.row.0, block, under, handed.as_ref(), hinted, self.guards)
    }

    /// Somebody wants a move, and knows the row as it is. What was decided on an older row is
    /// refused, so that a later decision stands for it.
    pub(super) fn moves(&self, state: &State, wanted: Wanted) -> Option<State> {
        let row = &state.archive.row.0;
        let other = 1 - self.names.place(&row.owner);
        let (target, incarnation) = (self.names.block(other).clone(), *self.names.life(other));
        let mut left = state.left;
        let (step, count) = match wanted {
            Wanted::Drain => (Step::Drain { target, incarnation }, Some(&mut left.drains)),
            Wanted::Finish => (Step::Finish { drop_sessions: false }, None),
            Wanted::Force => {
                let step = Step::Force { target, incarnation, drop_sessions: false };
                (step, Some(&mut left.forces))
            }
            Wanted::Abort { cut } => (Step::Abort { cut }, Some(&mut left.aborts)),
        };
        if let Some(count) = count {
            *count = count.checked_sub(1)?;
        }
        let mut next = self.proposed(state, row.revision, step, None)?;
        next.left = left;
        let after = next.archive.row.0.generation;
        next.taken = match wanted {
            Wanted::Finish => Some((1 - other, after)),
            Wanted::Abort { cut: false } => Some((other, after)),
            Wanted::Drain => state.taken,
            Wanted::Force | Wanted::Abort { cut: true } => None,
        };
        Some(next)
    }

    /// The home has joined what remained, and says so.
    pub(super) fn settle(&self, state: &State) -> Option<State> {
        let home = &state.blocks[HOME];
        let row = &home.row.0;
        let returning = row.state == common::placement::PlacementState::Returning;
        if !returning || home.loaded < Some(row.owner_since) {
            return None;
        }
        self.proposed(state, row.revision, Step::Settle, Some(HOME))
    }

    fn proposed(
        &self,
        state: &State,
        expected: Revision,
        step: Step,
        from: Option<Place>,
    ) -> Option<State> {
        let archive = &state.archive;
        let row = &archive.row.0;
        let owner = self.names.place(&row.owner);
        let seals = [0, 1].map(|place| archive.seals[place].map(|seal| self.seal_of(place, seal)));
        let at = AtArchive {
            recovering: false,
            owner_seal: seals[owner].as_ref(),
            target_seal: seals[1 - owner].as_ref(),
            target_now: Some(*self.names.life(1 - owner)),
            asker_closed: false,
        };
        let from = from.map(|place| {
            let stream = self.names.stream(place);
            (stream.block.clone(), stream.incarnation)
        });
        let (reason, decided_by) = (String::new(), String::new());
        let proposal = Proposal { expected, step, from, reason, decided_by };
        let after = propose(row, &at, &proposal, self.guards).ok()?;
        let mut next = state.clone();
        next.archive().row = shared(after);
        Some(next)
    }
}
