//! When the gateway may forget an operation (I10): its record outlives `valid_until` by the longest
//! outage. Until then whoever was dead all the time asks under the same id and is told what became
//! of it; after that nobody is left who could ask.

use crate::guards::{Guard, Guards};
use crate::operation::OperationState;
use crate::time::Timestamp;

/// The longest outage of a block that the bank counts with.
pub const LONGEST_OUTAGE_MS: i64 = 400 * 24 * 60 * 60 * 1_000;

/// May the record of an operation go? Never one that has not ended: its foreign system may still be
/// at work. `now` is the gateway's clock, which is also the one that `valid_until` is held against.
pub fn may_prune(
    ended: Option<OperationState>,
    valid_until: Timestamp,
    now: Timestamp,
    longest_outage_ms: i64,
    guards: Guards,
) -> bool {
    let kept_ms = if guards.has(Guard::DedupeOutlivesOutage) { longest_outage_ms } else { 0 };
    ended.is_some() && now.ms_since(valid_until) > kept_ms
}

#[cfg(test)]
#[path = "tests/pruning.rs"]
mod tests;
