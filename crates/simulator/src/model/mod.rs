//! An exhaustive model of the move machine with hand-over (protocol §11): one customer, one wish
//! with two keys, a home and its backup, and every order in which things can happen.
//!
//! The simulator draws schedules; this visits all of them, within stated numbers of moves and
//! faults. It calls the same functions of `common`, and holds no rule of its own. What it leaves
//! out, because no property here depends on it: time, sessions, locks, loosening, a gateway or an
//! archive that is away, streams (they arrive in order; how late is free) and lives of databases.

mod archive;
mod block;
pub mod cli;
mod gateway;
mod names;
mod properties;
mod report;
mod state;

use common::guards::{Guard, Guards};
use stateright::{Model, Property};

use archive::Wanted;
use names::Names;
use state::{BACKUP, Call, HOME, KEYS, Key, Place, State};

pub use report::{Bound, Report, visit};

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The customer orders at a block.
    Order(Place),
    /// He orders, and the transaction falls asleep.
    OrderAsleep(Place),
    /// It wakes, and commits.
    Commit(Place),
    /// He sees a complete view that lacks his order, and takes a new key.
    NewKey(Place),
    /// He answers what he is asked.
    Answer(Place, Key),
    /// A worker hands an operation to the gateway.
    Send(Place, Key),
    /// A call reaches the gateway, and its answer the block.
    Deliver(Call),
    /// A call reaches the gateway, and its answer is lost.
    DeliverUnheard(Call),
    /// The fence that a gateway without `journal-fences` owes.
    RaiseOwed,
    /// An event reaches the archive.
    Ship(Place),
    /// A block follows the archive.
    Follow(Place),
    /// A block's copy of the row becomes as new as the archive's.
    Adopt(Place),
    /// The next step of a load.
    Load(Place),
    /// The archive records a load, and its answer is lost.
    LoadUnheard(Place),
    /// A block hands the customer over to the one that asks.
    HandOver(Place),
    /// The owner seals.
    Seal(Place),
    /// The target of a drain seals, for an abort.
    SealAsTarget(Place),
    /// A SEAL is taken back.
    Unseal(Place),
    /// A SEAL is taken back without the archive.
    UnsealAlone(Place),
    /// A block's process dies in the middle of a load.
    Crash(Place),
    /// A step of a move.
    Move(Wanted),
    /// The home has joined everything.
    Settle,
}

/// The model.
#[derive(Clone, Debug)]
pub(crate) struct MoveModel {
    names: Names,
    guards: Guards,
    left: state::Left,
}

impl MoveModel {
    fn after(&self, state: &State, action: Action) -> Option<State> {
        match action {
            Action::Order(place) => self.order(state, place, false),
            Action::OrderAsleep(place) => self.order(state, place, true),
            Action::Commit(place) => Self::commit(state, place),
            Action::NewKey(place) => self.new_key(state, place),
            Action::Answer(place, key) => self.answer(state, place, key),
            Action::Send(place, key) => self.send(state, place, key),
            Action::Deliver(call) => self.deliver(state, call, true),
            Action::DeliverUnheard(call) => self.deliver(state, call, false),
            Action::RaiseOwed => Self::raise_owed(state),
            Action::Ship(place) => self.ship(state, place),
            Action::Follow(place) => self.follow(state, place),
            Action::Adopt(place) => self.adopt(state, place),
            Action::Load(place) => self.load(state, place, false),
            Action::LoadUnheard(place) => self.load(state, place, true),
            Action::HandOver(place) => self.hand_over(state, place),
            Action::Seal(place) => self.seal(state, place, false),
            Action::SealAsTarget(place) => self.seal(state, place, true),
            Action::Unseal(place) => Self::unseal(state, place, false),
            Action::UnsealAlone(place) => Self::unseal(state, place, true),
            Action::Crash(place) => Self::crash(state, place),
            Action::Move(wanted) => self.moves(state, wanted),
            Action::Settle => self.settle(state),
        }
    }
}

impl Model for MoveModel {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(&self.names, self.left)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for place in [HOME, BACKUP] {
            actions.extend([Action::Order(place), Action::OrderAsleep(place)]);
            actions.extend([Action::Commit(place), Action::NewKey(place)]);
            for key in 0..KEYS {
                actions.extend([Action::Answer(place, key), Action::Send(place, key)]);
            }
            actions.extend([
                Action::Ship(place),
                Action::Follow(place),
                Action::Adopt(place),
                Action::Load(place),
                Action::LoadUnheard(place),
                Action::HandOver(place),
                Action::Seal(place),
                Action::SealAsTarget(place),
                Action::Unseal(place),
                Action::UnsealAlone(place),
                Action::Crash(place),
            ]);
        }
        for call in &state.calls {
            actions.extend([Action::Deliver(*call), Action::DeliverUnheard(*call)]);
        }
        let moves = [
            Wanted::Drain,
            Wanted::Finish,
            Wanted::Force,
            Wanted::Abort { cut: false },
            Wanted::Abort { cut: true },
        ];
        actions.extend(moves.map(Action::Move));
        actions.extend([Action::RaiseOwed, Action::Settle]);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = self.after(state, action)?;
        next.forget_calls(self.guards.has(Guard::FenceCheck));
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
