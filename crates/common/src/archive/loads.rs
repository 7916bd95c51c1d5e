//! What the archive remembers of loads: who has shown a customer a view, and under which generation
//! (protocol §5, *Adoption*).

use super::asked::Load;
use crate::guards::{Guard, Guards};
use crate::ids::Generation;
use crate::incarnation::StreamId;
use crate::placement::Placement;
use crate::placement::moves::RECOVERY_GAP;
use crate::time::Timestamp;

/// The newest generation under which somebody else has loaded him: goes with the answer to a load,
/// so that the block knows which of its own operations a view may have lacked.
pub fn newest_elsewhere(loads: &[Load], by: &StreamId) -> Option<Generation> {
    let others = loads.iter().filter(|(stream, _)| stream.as_ref() != Some(by));
    others.map(|(_, generation)| *generation).max()
}

/// How far before the end of a generation a journal reaches back: what was done under it and could
/// not be told any more was done within this, by whichever clock (protocol §6).
pub const JOURNAL_S: i64 = 72 * 3_600;

/// When a generation of a slice began, and by which step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The generation.
    pub generation: Generation,
    /// When its row was set.
    pub at: Timestamp,
    /// Its owner came by a forced move: the one before was passed by, not sealed.
    pub forced: bool,
}

/// The generations that the history of a slice's rows, in their order, shows to have begun. A move
/// that is finished gives the target what was reserved for it; every other change of the owner is
/// forced.
pub fn begun(history: &[(Placement, Timestamp)]) -> Vec<Begun> {
    let mut all: Vec<Begun> = Vec::new();
    let mut before: Option<&Placement> = None;
    for (row, at) in history {
        let new = before.is_none_or(|before| before.generation < row.generation);
        if new {
            let forced = before.is_some_and(|before| {
                before.owner != row.owner && before.target_generation != Some(row.generation)
            });
            all.push(Begun { generation: row.generation, at: *at, forced });
        }
        before = Some(row);
    }
    all
}

/// From when on the gateway is asked for what it did for a customer: [`JOURNAL_S`] before the end
/// of the generation under which he was last loaded anywhere before this load, which is `under`.
/// `loads` are his own, not what counts for everybody after a recovery: later than the truth would
/// be too late, earlier is harmless. Unknown where the history has a gap, or does not reach so far.
pub fn journal_since(
    loads: &[Load],
    under: Generation,
    begun: &[Begun],
    now: Timestamp,
) -> Option<Timestamp> {
    // The answer to a load of this generation may have been lost. Whoever was never loaded has been
    // a customer from the beginning.
    let before = loads.iter().map(|(_, generation)| *generation).filter(|known| *known < under);
    let last = before.max().unwrap_or(Generation(1));
    let known = begun.first().is_some_and(|first| first.generation <= last);
    let next = begun.iter().find(|begun| begun.generation > last);
    let ended = match next {
        None => now,
        Some(next) if known && next.generation.0 - last.0 < RECOVERY_GAP => next.at,
        Some(_) => return None,
    };
    Some(ended.plus_s(-JOURNAL_S))
}

/// The newest generation that began with a forced move: sessions from before it go on with their
/// tokens, but pay or loosen nothing without another proof.
pub fn forced(begun: &[Begun]) -> Option<Generation> {
    begun.iter().filter(|begun| begun.forced).map(|begun| begun.generation).max()
}

/// Must this load be written down? Only once.
pub fn is_new(loads: &[Load], load: &Load) -> bool {
    !loads.contains(load)
}

/// The load that a recovering archive writes down for every customer of a slice: it does not know
/// who has loaded whom, so all count as loaded under the highest generation seen.
pub fn recovered(highest: Generation, guards: Guards) -> Option<Load> {
    guards.has(Guard::RecoveryRaisesLoads).then_some((None, highest))
}

#[cfg(test)]
#[path = "tests/loads.rs"]
mod tests;
