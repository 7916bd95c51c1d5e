//! A customer wants something never to be done (protocol §2, §5): what he ordered, or what he may
//! have ordered without this block having heard of it.
//!
//! Before a client takes a new key for a wish it has the old one voided. Its order may still be
//! under way, or held by a server that stands still, so the block may not know the id. It takes the
//! wish to cancel all the same: the request repeats what was confirmed, and the gateway keeps
//! *cancelled* under the id, where an order that comes late finds it.

use crate::guards::{Guard, Guards};
use crate::join::operation::Version;

use super::state::OperationState;

/// The state of an operation that a block knows only from the wish to cancel it: nobody has
/// confirmed it here, so that nothing but a VOID can come of it.
pub const UNSEEN: OperationState = OperationState::AwaitingConfirmation;

/// What a wish to cancel gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cancelling {
    /// Nothing is known under the id: write it down as [`UNSEEN`], with the wish to cancel, due at
    /// once; its VOID goes out like any other.
    Create,
    /// Mark it; the workers send VOID. Whatever he was asked about it is answered with that.
    Mark,
    /// It has ended, or is being cancelled: its present state.
    Present,
    /// Something else was asked for under this id (422): that stands (I2).
    Mismatch,
}

/// Decides by what is known under the id. Both carry the hash of what was confirmed.
pub fn cancelling<H: PartialEq + ?Sized>(
    sent: &H,
    stored: Option<(&H, &Version)>,
    guards: Guards,
) -> Cancelling {
    let Some((hash, at)) = stored else {
        return Cancelling::Create;
    };
    if hash != sent && guards.has(Guard::IntentHash) {
        Cancelling::Mismatch
    } else if at.state.is_final() || (at.marks.cancel_requested && !at.marks.questioned()) {
        Cancelling::Present
    } else {
        Cancelling::Mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::asked::Asked;
    use crate::ids::Generation;
    use crate::join::operation::Marks;
    use crate::operation::policy::{Confirmation, Policy, RiskAway};
    use crate::operation::progress::{NextCall, Unfinished, next_call};
    use crate::time::Timestamp;

    fn version(state: OperationState, marks: Marks) -> Version {
        Version { state, generation: Generation(1), version: 1, payload: [0; 32], marks }
    }

    #[test]
    fn a_wish_to_cancel_in_order_of_precedence() {
        use OperationState::{Executed, Sent};
        let wish = Marks { cancel_requested: true, ..Marks::default() };
        let asked = Asked::default().because_of(Generation(2));
        let plain = version(Sent, Marks::default());
        let marked = version(Sent, wish);
        let moot = version(Sent, Marks { cancel_asked: asked, ..wish });
        let questioned = version(Sent, Marks { asked, ..wish });
        let ended = version(Executed, Marks::default());
        let cases = [
            ("unknown", None, Cancelling::Create),
            ("another intent, ended", Some((&8, &ended)), Cancelling::Mismatch),
            ("ended", Some((&7, &ended)), Cancelling::Present),
            ("being cancelled", Some((&7, &marked)), Cancelling::Present),
            ("his own wish came first", Some((&7, &moot)), Cancelling::Present),
            ("being cancelled, and asked about", Some((&7, &questioned)), Cancelling::Mark),
            ("under way", Some((&7, &plain)), Cancelling::Mark),
        ];
        for (case, stored, expected) in cases {
            assert_eq!(cancelling(&7, stored, Guards::ALL), expected, "{case}");
        }
    }

    #[test]
    fn what_nobody_has_seen_is_voided_at_once() {
        let marks = Marks { cancel_requested: true, ..Marks::default() };
        let later = Timestamp::from_unix_ms(0).plus_s(900);
        let unseen = Unfinished::marked(UNSEEN, &marks, false, later, 0);
        let policy = Policy {
            deferrable: false,
            confirmation: Confirmation::Always,
            risk_away: RiskAway::Refuse,
            valid_for_s: 1,
        };
        let call = next_call(&unseen, policy, Timestamp::from_unix_ms(0));
        assert_eq!(call, NextCall::Void(crate::gateway::VoidCause::Customer));
        assert!(!unseen.confirmable(Timestamp::from_unix_ms(0)), "nor can it be confirmed");
    }
}
