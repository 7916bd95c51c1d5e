//! Visits the model and says what was seen.

use std::time::{Duration, Instant};

use common::guards::Guards;
use stateright::{Checker, Expectation, HasDiscoveries, Model};

use super::MoveModel;
use super::names::Names;
use super::state::Left;

/// How far a visit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// So many drains (planned moves and returns), aborts, forced moves, SEALs taken back, crashes,
    /// and transactions that sleep.
    pub counts: [u8; 6],
    /// At most so many steps; otherwise every schedule with those counts.
    pub depth: Option<usize>,
}

impl Bound {
    /// What `make test` visits.
    pub const SMALL: &[Self] = &[
        Self::all([0, 0, 1, 0, 1, 1]),
        Self::all([2, 0, 0, 0, 0, 0]),
        Self::all([1, 0, 0, 1, 0, 0]),
        Self { counts: [1, 1, 0, 0, 0, 0], depth: Some(24) },
    ];
    /// What `make simulate` visits.
    pub const FULL: &[Self] = &[
        Self::all([0, 0, 1, 1, 1, 1]),
        Self::all([2, 0, 0, 0, 1, 1]),
        Self::all([1, 0, 0, 1, 1, 1]),
        Self::all([1, 1, 0, 0, 0, 0]),
        Self { counts: [1, 0, 1, 0, 0, 0], depth: Some(28) },
        Self { counts: [0, 0, 2, 0, 0, 0], depth: Some(26) },
        Self { counts: [2, 1, 0, 0, 0, 0], depth: Some(24) },
        Self { counts: [2, 1, 1, 1, 1, 1], depth: Some(16) },
    ];

    /// Every schedule with those counts.
    pub const fn all(counts: [u8; 6]) -> Self {
        Self { counts, depth: None }
    }
}

/// What a visit has found.
#[derive(Debug)]
pub struct Report {
    /// States that differ.
    pub states: usize,
    /// The longest way to one of them, in steps.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Every schedule with those counts was visited, however long.
    pub exhausted: bool,
    /// What must never be and was found, with the steps that lead there.
    pub violated: Vec<(&'static str, Vec<String>)>,
    /// What should have been possible and was not seen.
    pub unseen: Vec<&'static str>,
}

/// Visits every state within the bound, breadth first; stops at the first violation.
#[expect(clippy::disallowed_methods, reason = "how long it took decides nothing")]
pub fn visit(guards: Guards, bound: Bound) -> Report {
    let Bound { counts: [drains, aborts, forces, unseals, crashes, sleeps], depth } = bound;
    let left = Left { drains, aborts, forces, unseals, crashes, sleeps };
    let model = MoveModel { names: Names::new(), guards, left };
    let began = Instant::now();
    let mut builder = model.checker().threads(1).finish_when(HasDiscoveries::AnyFailures);
    if let Some(depth) = depth {
        builder = builder.target_max_depth(depth);
    }
    let checker = builder.spawn_bfs().join();
    let found = checker.discoveries();
    let mut violated = Vec::new();
    let mut unseen = Vec::new();
    for property in checker.model().properties() {
        match (property.expectation, found.get(property.name)) {
            (Expectation::Sometimes, None) => unseen.push(property.name),
            (Expectation::Always, Some(path)) => {
                let steps = path.clone().into_actions();
                violated
                    .push((property.name, steps.iter().map(|step| format!("{step:?}")).collect()));
            }
            _ => {}
        }
    }
    Report {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        took: began.elapsed(),
        exhausted: violated.is_empty() && depth.is_none(),
        violated,
        unseen,
    }
}
