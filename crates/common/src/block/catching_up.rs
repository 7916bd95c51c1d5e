//! For whom the catch-up worker hands operations to the gateway, and under which generation
//! (protocol §5, §7).

use super::access::{Access, since};
use super::loading::may_execute;
use super::start::{Phase, workers_run};
use crate::guards::Guards;
use crate::ids::{BlockName, Generation};
use crate::placement::Placement;

/// Does it run at all? Not before the start is over, except for those whom a block that started
/// alone has verified; never in a database that was outlived.
pub fn runs(phase: Phase, outlived: bool, guards: Guards) -> bool {
    (workers_run(phase, guards) || phase == Phase::Alone) && !outlived
}

/// A customer with an unfinished operation.
#[derive(Clone, Debug)]
pub struct Waiting<'a> {
    /// This block.
    pub me: &'a BlockName,
    /// Where its process is.
    pub phase: Phase,
    /// May it serve him?
    pub access: &'a Access,
    /// Its copy of the row.
    pub row: &'a Placement,
    /// The generation under which he was last loaded here.
    pub loaded: Option<Generation>,
    /// The gateway was fenced for him then.
    pub fenced: bool,
    /// Started alone: his journal was asked for under our generation.
    pub verified: bool,
}

/// Is he driven, and under which generation?
pub fn drives(waiting: &Waiting<'_>, guards: Guards) -> Option<Generation> {
    let quarantined = waiting.phase == Phase::Quarantined;
    let generation = match waiting.access {
        Access::Serve(generation) => *generation,
        // Without quarantine a worker believes its copy, whomever it means.
        Access::Elsewhere(_) | Access::Load(_) if quarantined => waiting.row.generation,
        _ => return None,
    };
    let since = if quarantined {
        Generation(0)
    } else {
        since(waiting.row, waiting.me, generation, guards)
    };
    let alone = waiting.phase == Phase::Alone && !waiting.verified;
    let may = !alone && may_execute(waiting.loaded, since, waiting.fenced);
    may.then_some(generation)
}

#[cfg(test)]
#[path = "tests/catching_up.rs"]
mod tests;
