//! Which operations are asked about before they are executed (protocol §5).
//!
//! The customer was shown a complete view under a newer generation, in which the operation was
//! missing; he may have ordered again. So he is asked. The mark is a pair of generations, each
//! joined by maximum.

use crate::guards::{Guard, Guards};
use crate::ids::Generation;
use crate::incarnation::StreamId;
use crate::operation::OperationState;

/// The mark on an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asked {
    /// The newest generation under which a view lacked it; 0: none.
    pub asked: Generation,
    /// The newest generation under which the customer answered, or a VOID was asked for.
    pub answered: Generation,
}

impl Asked {
    /// Must the customer be asked before it is executed?
    pub fn in_force(self) -> bool {
        self.asked > self.answered
    }

    /// Asked because of a view under `generation`.
    #[must_use]
    pub fn because_of(self, generation: Generation) -> Self {
        Self { asked: self.asked.max(generation), ..self }
    }

    /// Answered to a block that serves under `generation`.
    #[must_use]
    pub fn answered_under(self, generation: Generation) -> Self {
        Self { answered: self.answered.max(generation), ..self }
    }

    /// Answered by a customer who was shown it as it was in `shown`: what has been asked since then
    /// stays open, however late his answer comes.
    #[must_use]
    pub fn answered_as(self, shown: Self) -> Self {
        self.answered_under(shown.asked)
    }

    /// What both know.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { asked: self.asked.max(other.asked), answered: self.answered.max(other.answered) }
    }
}

/// A load of a customer that the archive has recorded. Without a stream: from its recovery, which
/// counts everybody as loaded.
pub type Load = (Option<StreamId>, Generation);

/// Must an open operation be asked about that reaches the archive for the first time, written by
/// `writer` under `generation`? Gives the generation of the view that lacked it.
pub fn on_first_arrival(
    writer: &StreamId,
    generation: Generation,
    loads: &[Load],
) -> Option<Generation> {
    loads
        .iter()
        .filter(|(by, loaded)| *loaded > generation && by.as_ref() != Some(writer))
        .map(|(_, loaded)| *loaded)
        .max()
}

/// The same of an operation as it arrives: only of one that is open, and unknown so far.
pub fn on_arrival(
    known: bool,
    state: OperationState,
    (writer, generation): (&StreamId, Generation),
    loads: &[Load],
) -> Option<Generation> {
    let first = !known && !state.is_final();
    first.then(|| on_first_arrival(writer, generation, loads)).flatten()
}

/// What of a block's own is asked about when it has loaded a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Own {
    /// An unfinished operation.
    Operation,
    /// A wish to cancel one.
    Cancellation,
}

/// After a load under `loaded` a block holds something of its own, written under `written`, that
/// the load did not contain. Must it be asked about? `elsewhere` is the newest generation under
/// which another block or incarnation had loaded the customer.
pub fn own_after_load(
    own: Own,
    written: Generation,
    loaded: Generation,
    elsewhere: Option<Generation>,
    guards: Guards,
) -> Option<Generation> {
    let guard = match own {
        Own::Operation => Guard::OwnOperationAsked,
        Own::Cancellation => Guard::OwnCancelAsked,
    };
    let missed = written < loaded && elsewhere.is_some_and(|elsewhere| elsewhere > written);
    (missed && guards.has(guard)).then_some(loaded)
}

#[cfg(test)]
#[path = "tests/asked.rs"]
mod tests;
