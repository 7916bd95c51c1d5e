//! What a block does next with an unfinished operation, and what an answer of the gateway makes of
//! it (protocol §5). A block never concludes a terminal state by itself (I8): every path to one
//! goes through an outcome of the gateway.

use super::policy::Policy;
use super::state::OperationState;
use crate::gateway::{Answer, Outcome, VoidCause};
use crate::ids::Generation;
use crate::join::operation::Marks;
use crate::time::Timestamp;

/// How long a customer has to confirm, in seconds.
pub const CONFIRM_SECONDS: i64 = 15 * 60;
/// After this long without an outcome an operation is marked *in doubt*, in seconds.
pub const DOUBT_SECONDS: i64 = 60;

/// What a block knows of an unfinished operation when its token comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// How far it has come.
    pub state: OperationState,
    /// The customer wants it cancelled.
    pub cancel_requested: bool,
    /// A person has to look at it.
    pub parked: bool,
    /// Until when the customer may confirm it.
    pub confirm_by: Timestamp,
    /// How often it was handed to the gateway.
    pub attempt: u32,
}

impl Unfinished {
    /// What the marks of an operation amount to: one that is being asked about, or that has two
    /// ends, stands still for a person just as one that was parked.
    pub fn marked(
        state: OperationState,
        marks: &Marks,
        parked: bool,
        confirm_by: Timestamp,
        attempt: u32,
    ) -> Self {
        Self {
            state,
            cancel_requested: marks.cancel_requested,
            parked: parked || marks.conflict || marks.questioned(),
            confirm_by,
            attempt,
        }
    }

    /// May the customer confirm it now?
    pub fn confirmable(&self, now: Timestamp) -> bool {
        self.state == OperationState::AwaitingConfirmation
            && !self.cancel_requested
            && !self.parked
            && now <= self.confirm_by
    }
}

/// The next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextCall {
    /// Hand it over.
    Execute,
    /// Let it never be executed.
    Void(VoidCause),
    /// Nothing until then.
    Wait(Timestamp),
    /// Nothing: it has ended or waits for a person.
    Nothing,
}

/// Decides the next call for an operation whose token is due.
pub fn next_call(operation: &Unfinished, policy: Policy, now: Timestamp) -> NextCall {
    if operation.state.is_final() || operation.parked {
        return NextCall::Nothing;
    }
    if operation.cancel_requested {
        return NextCall::Void(VoidCause::Customer);
    }
    if operation.state == OperationState::AwaitingConfirmation {
        return if now > operation.confirm_by {
            NextCall::Void(VoidCause::Unconfirmed)
        } else {
            NextCall::Wait(operation.confirm_by.plus_s(1))
        };
    }
    if !policy.deferrable && operation.attempt > 0 {
        return NextCall::Void(VoidCause::NotDeferrable);
    }
    NextCall::Execute
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The gateway answered.
    Answered(Answer),
    /// The call certainly did not happen.
    NotDone,
    /// It may have happened.
    Unknown,
}

/// What to write down after a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It ended: store the outcome, remove the token.
    End(Outcome),
    /// It goes on: store the state, look again then.
    GoOn {
        /// Pending or sent (or still awaiting confirmation, for a VOID that found no gateway).
        state: OperationState,
        /// When its token is due again.
        due_at: Timestamp,
        /// Told to the customer as *being checked: do not repeat it*.
        in_doubt: bool,
    },
    /// A newer owner was seen: close the customer here until our generation reaches the fence. The
    /// operation stays as it is; it is the new owner's.
    Close(Generation),
    /// The id carries another intent at the gateway: an alarm, for a person (I2).
    Park,
}

/// What an answer to EXECUTE or VOID makes of an operation.
///
/// `first_sent_at` is when it was first handed over; `jitter` is in 0..1000 and spreads retries.
pub fn after_call(
    operation: &Unfinished,
    reply: Reply,
    first_sent_at: Timestamp,
    jitter: u16,
    now: Timestamp,
) -> Change {
    let again = |sent: bool| {
        let state = if sent && operation.state == OperationState::Pending {
            OperationState::Sent
        } else {
            operation.state
        };
        let overdue = now.ms_since(first_sent_at) > DOUBT_SECONDS * 1_000;
        Change::GoOn {
            state,
            due_at: now.plus_ms(pause_ms(operation.attempt, jitter)),
            in_doubt: state == OperationState::Sent && overdue,
        }
    };
    match reply {
        Reply::Answered(Answer::Outcome(outcome)) => Change::End(outcome),
        Reply::Answered(Answer::InProgress) | Reply::Unknown => again(true),
        Reply::Answered(Answer::PayloadMismatch) => Change::Park,
        Reply::Answered(Answer::StaleGeneration { fence }) => Change::Close(fence),
        Reply::NotDone => again(false),
    }
}

/// The pause before attempt `attempt + 1`: from one second, doubling to half a minute, spread by
/// up to a half more.
fn pause_ms(attempt: u32, jitter: u16) -> i64 {
    let base = 1_000_i64 << attempt.min(5);
    let base = base.min(30_000);
    base + base * i64::from(jitter.min(999)) / 2_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::asked::Asked;
    use crate::operation::OperationKind;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(0).plus_s(seconds)
    }

    fn unfinished(state: OperationState) -> Unfinished {
        Unfinished {
            state,
            cancel_requested: false,
            parked: false,
            confirm_by: at(CONFIRM_SECONDS),
            attempt: 0,
        }
    }

    #[test]
    fn the_next_call_in_order_of_precedence() {
        use OperationState::{AwaitingConfirmation, Executed, Pending, Sent};
        let transfer = OperationKind::OwnTransfer.policy();
        let cash = OperationKind::CashCode.policy();
        let cancelled = |state| Unfinished { cancel_requested: true, ..unfinished(state) };
        let tried = |state| Unfinished { attempt: 1, ..unfinished(state) };
        let parked = Unfinished { parked: true, ..cancelled(Sent) };
        let late = at(CONFIRM_SECONDS + 1);
        let cases = [
            ("ended", unfinished(Executed), transfer, at(0), NextCall::Nothing),
            ("parked beats cancelled", parked, transfer, at(0), NextCall::Nothing),
            ("cancelled", cancelled(Sent), transfer, at(0), NextCall::Void(VoidCause::Customer)),
            (
                "still time to confirm",
                unfinished(AwaitingConfirmation),
                transfer,
                at(0),
                NextCall::Wait(at(CONFIRM_SECONDS + 1)),
            ),
            (
                "nobody confirmed",
                unfinished(AwaitingConfirmation),
                transfer,
                late,
                NextCall::Void(VoidCause::Unconfirmed),
            ),
            ("cash, first", unfinished(Pending), cash, at(0), NextCall::Execute),
            (
                "cash waits for nothing",
                tried(Sent),
                cash,
                at(0),
                NextCall::Void(VoidCause::NotDeferrable),
            ),
            ("sent is asked again", tried(Sent), transfer, late, NextCall::Execute),
        ];
        for (case, operation, policy, now, expected) in cases {
            assert_eq!(next_call(&operation, policy, now), expected, "{case}");
        }
    }

    #[test]
    fn what_is_asked_about_or_has_two_ends_stands_still() {
        let asked = Asked::default().because_of(Generation(2));
        let answered = asked.answered_under(Generation(2));
        let wish = Marks { cancel_requested: true, ..Marks::default() };
        let late = Marks { cancel_asked: asked, ..Marks::default() };
        let own = Marks { cancel_asked: asked, ..wish };
        let cases = [
            ("plain", Marks::default(), false, NextCall::Execute),
            ("a wish to cancel", wish, false, NextCall::Void(VoidCause::Customer)),
            ("asked beats the wish", Marks { asked, ..wish }, false, NextCall::Nothing),
            ("asked", Marks { asked, ..Marks::default() }, false, NextCall::Nothing),
            ("answered", Marks { asked: answered, ..Marks::default() }, false, NextCall::Execute),
            ("asked about a late wish", late, false, NextCall::Nothing),
            ("his own came first", own, false, NextCall::Void(VoidCause::Customer)),
            ("two ends", Marks { conflict: true, ..wish }, false, NextCall::Nothing),
            ("parked", wish, true, NextCall::Nothing),
        ];
        let policy = OperationKind::OwnTransfer.policy();
        for (case, marks, parked, expected) in cases {
            let state = OperationState::Sent;
            let operation = Unfinished::marked(state, &marks, parked, at(0), 1);
            assert_eq!(next_call(&operation, policy, at(1)), expected, "{case}");
        }
    }

    #[test]
    fn a_code_counts_while_the_operation_waits_for_it() {
        use OperationState::{AwaitingConfirmation, Pending};
        let waiting = unfinished(AwaitingConfirmation);
        let cases = [
            ("waiting", waiting, CONFIRM_SECONDS, true),
            ("confirmed before", unfinished(Pending), 0, false),
            ("cancelled", Unfinished { cancel_requested: true, ..waiting }, 0, false),
            ("parked", Unfinished { parked: true, ..waiting }, 0, false),
            ("too late", waiting, CONFIRM_SECONDS + 1, false),
        ];
        for (case, operation, seconds, expected) in cases {
            assert_eq!(operation.confirmable(at(seconds)), expected, "{case}");
        }
    }

    #[test]
    fn only_the_gateway_ends_an_operation() {
        use OperationState::{AwaitingConfirmation, Pending, Sent};
        let after = |state, reply, now| after_call(&unfinished(state), reply, at(0), 0, now);
        let go_on = |state, due, in_doubt| Change::GoOn { state, due_at: due, in_doubt };
        let in_progress = Reply::Answered(Answer::InProgress);
        assert_eq!(after(Pending, Reply::NotDone, at(0)), go_on(Pending, at(1), false));
        assert_eq!(after(Pending, Reply::Unknown, at(0)), go_on(Sent, at(1), false));
        assert_eq!(after(Sent, Reply::NotDone, at(0)), go_on(Sent, at(1), false));
        assert_eq!(after(Sent, in_progress, at(61)), go_on(Sent, at(62), true));
        let unvoided = after(AwaitingConfirmation, Reply::Unknown, at(0));
        assert_eq!(unvoided, go_on(AwaitingConfirmation, at(1), false));
        let stale = Reply::Answered(Answer::StaleGeneration { fence: Generation(3) });
        assert_eq!(after(Pending, stale, at(0)), Change::Close(Generation(3)));
        let mismatch = Reply::Answered(Answer::PayloadMismatch);
        assert_eq!(after(Pending, mismatch, at(0)), Change::Park);
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        assert_eq!(pause_ms(0, 0), 1_000);
        assert_eq!(pause_ms(3, 0), 8_000);
        assert_eq!(pause_ms(99, 0), 30_000);
        assert!(pause_ms(99, 999) < 45_000);
    }
}
