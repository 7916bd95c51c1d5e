//! What a block may conclude of an operation by itself: nothing (I8).

use super::state::OperationState;
use crate::guards::{Guard, Guards};
use crate::time::Timestamp;

/// The end that a block would give an operation which is past its time. Only the gateway can know
/// whether it was done before.
pub fn by_the_block(
    valid_until: Timestamp,
    now: Timestamp,
    guards: Guards,
) -> Option<OperationState> {
    let past = now > valid_until && !guards.has(Guard::GatewayEnds);
    past.then_some(OperationState::Expired)
}

#[cfg(test)]
#[path = "tests/concluding.rs"]
mod tests;
