//! Automatic failover: when the evidence is good enough to move a block's customers by itself
//! (protocol §3, I14).

use std::collections::BTreeMap;

use crate::guards::{Guard, Guards};
use crate::time::Timestamp;
use crate::wire::watch::Seen;

/// A refused connection counts as death after this long.
pub const DETECT_REFUSED_MS: i64 = 1_500;
/// Silence counts as death after this long.
pub const DETECT_SILENT_MS: i64 = 5_000;
/// Between two automatic moves in the whole bank.
pub const BETWEEN_MOVES_MS: i64 = 10 * 60 * 1_000;

/// What one vantage point sees of a block: every channel and the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It answers.
    Well,
    /// It has refused connections since then.
    Refused(Timestamp),
    /// It has not answered since then.
    Silent(Timestamp),
}

impl Sight {
    /// `detect_after` of a block that looks dead from here; nothing of one that does not.
    fn dead(self, now: Timestamp) -> Option<i64> {
        let (since, detect_after) = match self {
            Self::Well => return None,
            Self::Refused(since) => (since, DETECT_REFUSED_MS),
            Self::Silent(since) => (since, DETECT_SILENT_MS),
        };
        (now.ms_since(since) >= detect_after).then_some(detect_after)
    }
}

impl From<(Seen, Timestamp)> for Sight {
    /// What was seen, by the clock of whoever decides.
    fn from((seen, now): (Seen, Timestamp)) -> Self {
        match seen {
            Seen::Well => Self::Well,
            Seen::Refused { for_ms } => Self::Refused(now.plus_ms(-for_ms)),
            Seen::Silent { for_ms } => Self::Silent(now.plus_ms(-for_ms)),
        }
    }
}

/// What a vantage point sees of a block, from what it sees of the block's channels and of its
/// database: customers cannot be served when no channel answers, or when the database does not.
/// One channel that answers keeps the block alive, and slowness is not death.
pub fn combined(channels: &[Seen], database: Option<Seen>) -> Seen {
    let all = channels.iter().copied().reduce(alike);
    let parts = [all, database].into_iter().flatten();
    parts.max_by_key(|seen| margin(*seen)).unwrap_or(Seen::Well)
}

/// Of two channels, the one that is less dead. Refused by one and silent at the other is silence:
/// nobody knows what the silent one does.
fn alike(one: Seen, other: Seen) -> Seen {
    match (one, other) {
        (Seen::Well, _) | (_, Seen::Well) => Seen::Well,
        (Seen::Refused { for_ms: a }, Seen::Refused { for_ms: b }) => {
            Seen::Refused { for_ms: a.min(b) }
        }
        (
            Seen::Silent { for_ms: a } | Seen::Refused { for_ms: a },
            Seen::Silent { for_ms: b } | Seen::Refused { for_ms: b },
        ) => Seen::Silent { for_ms: a.min(b) },
    }
}

/// One sight a failure domain: what stands in the same one fails in the same way, so that its
/// vantage points count once, and the one that sees most life speaks for them.
pub fn by_domain<'a>(seen: impl IntoIterator<Item = (&'a str, Seen)>) -> Vec<Seen> {
    let mut domains: BTreeMap<&str, Seen> = BTreeMap::new();
    for (domain, seen) in seen {
        let known = domains.entry(domain).or_insert(seen);
        if margin(seen) < margin(*known) {
            *known = seen;
        }
    }
    domains.into_values().collect()
}

/// Has a block looked dead for long enough, from one vantage point?
pub fn looks_dead(seen: Seen) -> bool {
    margin(seen) >= 0
}

/// How long ago it began to count as death; negative: so long until then.
fn margin(seen: Seen) -> i64 {
    match seen {
        Seen::Well => i64::MIN,
        Seen::Refused { for_ms } => for_ms - DETECT_REFUSED_MS,
        Seen::Silent { for_ms } => for_ms - DETECT_SILENT_MS,
    }
}

/// Everything a decision needs to know about one block.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// What router, router backup and archive see; nothing for one that is away.
    pub sights: &'a [Option<Sight>],
    /// When a gateway last served customers' requests of this block.
    pub gateway_served: Option<Timestamp>,
    /// The lag of its stream at the last contact, and the limit, in milliseconds.
    pub lag_ms: (i64, i64),
    /// Sessions and operations that the backup can still admit, and those to be moved.
    pub capacity: (u64, u64),
    /// Do all other blocks look the same? Then the trouble is ours.
    pub all_alike: bool,
    /// A person has stopped automation.
    pub held: bool,
}

/// What automation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Move the block's customers, if the archive lets the bank's one move be taken.
    Move,
    /// Prepare the move for a person: this is why it is not automatic.
    Prepare(Why),
    /// Nothing to do.
    Nothing,
}

/// Why a block that looks dead is not moved by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Automation is held.
    Held,
    /// Every block looks dead: more likely it is the observer.
    AllAlike,
    /// The gateway has just served its customers.
    GatewayServes,
    /// Too much of its stream is missing.
    Lag,
    /// The backup has no room.
    Capacity,
}

/// Decides about one block.
pub fn decide(evidence: &Evidence<'_>, now: Timestamp) -> Verdict {
    let dead = || evidence.sights.iter().flatten().filter_map(|sight| sight.dead(now));
    if dead().count() < 2 {
        return Verdict::Nothing;
    }
    let detect_after = dead().max().unwrap_or(DETECT_SILENT_MS);
    let served = evidence.gateway_served.is_some_and(|at| now.ms_since(at) < detect_after);
    let vetoes = [
        (evidence.held, Why::Held),
        (evidence.all_alike, Why::AllAlike),
        (served, Why::GatewayServes),
        (evidence.lag_ms.0 > evidence.lag_ms.1, Why::Lag),
        (evidence.capacity.0 < evidence.capacity.1, Why::Capacity),
    ];
    let veto = vetoes.into_iter().find(|(holds, _)| *holds);
    veto.map_or(Verdict::Move, |(_, why)| Verdict::Prepare(why))
}

/// May automation take the bank's one move now? Asked at the archive, in the transaction of the
/// compare-and-set (I14). `last` is when it last took one, `running` whether that goes on.
pub fn may_take_move(
    last: Option<Timestamp>,
    running: bool,
    now: Timestamp,
    guards: Guards,
) -> bool {
    let free = !running && last.is_none_or(|at| now.ms_since(at) >= BETWEEN_MOVES_MS);
    free || !guards.has(Guard::OneAutomaticMove)
}

/// The steps of one automatic move, slice by slice, follow each other within this.
pub const ONE_MOVE_MS: i64 = 5_000;

/// The bank's one automatic move, as the archive has it: when it was taken, and of which block (of
/// none: by a recovery, which may have forgotten one).
pub type Taken<B> = (Timestamp, Option<B>);

/// Takes the bank's one move for a slice of `block`, or nothing where it may not be taken. The
/// other slices of a block that is being moved belong to the same move.
pub fn take_move<B: PartialEq>(
    last: Option<Taken<B>>,
    block: B,
    now: Timestamp,
    guards: Guards,
) -> Option<Taken<B>> {
    match last {
        Some((at, Some(of))) if of == block && now.ms_since(at) < ONE_MOVE_MS => {
            Some((at, Some(of)))
        }
        last => {
            let at = last.map(|(at, _)| at);
            may_take_move(at, false, now, guards).then_some((now, Some(block)))
        }
    }
}

#[cfg(test)]
#[path = "tests/failover.rs"]
mod tests;
