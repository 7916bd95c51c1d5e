//! One run, and what is to be known of it.

use common::guards::Guards;

use crate::Violation;
use crate::coverage::Coverage;
use crate::plan::Plan;
use crate::world::World;

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// What was violated, and when in simulated milliseconds.
    pub violation: Option<(Violation, u64)>,
    /// What happened.
    pub coverage: Coverage,
    /// Simulated milliseconds.
    pub simulated_ms: u64,
    /// The story, if it was asked for.
    pub story: Vec<String>,
    /// Changes if anything about the run does.
    pub digest: u64,
}

/// Runs the plan of a seed.
pub fn seed(seed: u64, guards: Guards, with_story: bool) -> Outcome {
    plan(seed, Plan::of(seed), guards, with_story)
}

/// Runs a plan with the seed's chances.
pub fn plan(seed: u64, plan: Plan, guards: Guards, with_story: bool) -> Outcome {
    let mut world = World::new(seed, plan, guards, with_story);
    while world.step() {}
    if world.checker.violation.is_none() {
        world.check_ending();
    }
    let digest = world.digest();
    Outcome {
        violation: world.checker.violation.clone().map(|violation| (violation, world.now)),
        simulated_ms: world.now,
        story: world.story.take().unwrap_or_default(),
        coverage: world.coverage,
        digest,
    }
}

/// Leaves out whatever the violation does not need: the plan that remains still violates the same
/// invariant.
pub fn shorten(seed: u64, guards: Guards, invariant: &str) -> Plan {
    let mut best = Plan::of(seed);
    let mut chunk = best.acts.len().div_ceil(2).max(1);
    loop {
        let mut start = 0;
        let mut shorter = false;
        while start < best.acts.len() {
            let left_out: Vec<usize> = (start..(start + chunk).min(best.acts.len())).collect();
            let candidate = best.without(&left_out);
            let smaller = candidate.acts.len() < best.acts.len();
            let outcome = smaller.then(|| plan(seed, candidate.clone(), guards, false));
            let same = outcome
                .and_then(|outcome| outcome.violation)
                .is_some_and(|(violation, _)| violation.invariant == invariant);
            if same {
                best = candidate;
                shorter = true;
            } else {
                start += chunk;
            }
        }
        if !shorter && chunk == 1 {
            return best;
        }
        if !shorter {
            chunk = chunk.div_ceil(2);
        }
    }
}
