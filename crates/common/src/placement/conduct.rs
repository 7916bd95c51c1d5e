//! How a router conducts a move: which step follows for a row, its own move or one that another
//! router has left (protocol §3).
//!
//! Nothing keeps two routers from acting at once: the archive's compare-and-set lets one of them
//! through, and a step that was taken before is refused.

use super::moves::{Refused, Step};
use super::{Placement, PlacementState};
use crate::ids::{BlockName, Generation};
use crate::incarnation::Incarnation;
use crate::time::Timestamp;

/// Any router takes up a move whose last step is older than this.
pub const TAKE_UP_AFTER_MS: i64 = 5_000;

/// A block as somebody wants to move customers to it: its name, and the life of its database.
pub type Target = (BlockName, Incarnation);

/// What an operator orders for a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// A planned move: open sessions are kept for so many milliseconds.
    Planned(Target, i64),
    /// The same at once, with sessions dropped or not.
    Urgent(Target, bool),
    /// Without asking the owner; sessions dropped or not.
    Forced(Target, bool),
    /// Give the drain up; the target is said to be dead, or not.
    Abort(bool),
}

/// What a router is after with a slice that drains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Not before then.
    pub finish_at: Timestamp,
    /// Sessions opened before are dead.
    pub drop_sessions: bool,
    /// Give it up instead; the target is said to be dead, or not.
    pub abort: Option<bool>,
}

impl Goal {
    /// Bring it to its end, now.
    fn at(now: Timestamp) -> Self {
        Self { finish_at: now, drop_sessions: false, abort: None }
    }
}

/// What an order begins: the step to propose now, and what to be after from then on.
pub fn begin(order: Order, row: &Placement, now: Timestamp) -> (Option<Step>, Option<Goal>) {
    let now = Goal::at(now);
    let drain = |(target, incarnation)| Some(Step::Drain { target, incarnation });
    match order {
        Order::Planned(target, keep_ms) => {
            (drain(target), Some(Goal { finish_at: now.finish_at.plus_ms(keep_ms), ..now }))
        }
        Order::Urgent(target, drop_sessions) => {
            (drain(target), Some(Goal { drop_sessions, ..now }))
        }
        Order::Forced((target, incarnation), drop_sessions) => {
            (Some(Step::Force { target, incarnation, drop_sessions }), None)
        }
        Order::Abort(cut) => {
            let drains = row.target.is_some();
            (None, drains.then_some(Goal { abort: Some(cut), ..now }))
        }
    }
}

/// The next step of a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Ask this block to seal the slice under this generation,
    pub seal: (BlockName, Generation),
    /// and propose this: it is refused until the SEAL is applied.
    pub step: Step,
}

/// Decides by the row, what this router is after, and how long the row has not changed. Asked again
/// until the row says that it is over: a time-out means "still running", never "failed".
pub fn conduct(
    row: &Placement,
    goal: Option<Goal>,
    unchanged_ms: i64,
    now: Timestamp,
) -> Option<Next> {
    let (target, reserved) = (row.target.as_ref()?, row.target_generation?);
    let left = unchanged_ms >= TAKE_UP_AFTER_MS;
    let goal = goal.or(left.then(|| Goal::at(now))).filter(|goal| now >= goal.finish_at)?;
    Some(match goal.abort {
        None => Next {
            seal: (row.owner.clone(), row.generation),
            step: Step::Finish { drop_sessions: goal.drop_sessions },
        },
        Some(cut) => Next { seal: (target.clone(), reserved), step: Step::Abort { cut } },
    })
}

/// When the owner closes a slice of a planned move: when no session of it is left, or at the
/// deadline. How many are left is not known while the owner does not say.
pub fn closes_at(deadline: Timestamp, sessions: Option<u64>, now: Timestamp) -> Timestamp {
    if sessions == Some(0) { now } else { deadline }
}

/// Is a goal over once the router has learned this row?
pub fn reached(row: &Placement) -> bool {
    row.state != PlacementState::Draining
}

/// Does a refusal end a goal? The target began a new life: whoever wants the move orders it anew.
pub fn gives_up(refused: Refused) -> bool {
    refused == Refused::TargetChanged
}

/// Does a router learn a row from this life of the archive? Nothing from a life that is over, and
/// only what is newer than its copy.
pub fn learns(
    known: Option<&Incarnation>,
    answering: &Incarnation,
    copy: &Placement,
    row: &Placement,
) -> bool {
    let over = known.is_some_and(|known| known.is_later_than(answering));
    !over && row.revision > copy.revision
}

#[cfg(test)]
#[path = "tests/conduct.rs"]
mod tests;
