//! Many runs on all cores, until enough time or enough seeds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::guards::{Guard, Guards};

use crate::Violation;
use crate::coverage::Coverage;
use crate::run;

/// What many runs gave.
#[derive(Debug, Default)]
pub struct Total {
    /// Runs.
    pub seeds: u64,
    /// What happened in all of them.
    pub coverage: Coverage,
    /// Simulated milliseconds.
    pub simulated_ms: u64,
    /// Processor time of the runs, in seconds.
    pub busy_s: f64,
    /// Seeds that violated something.
    pub violations: Vec<(u64, Violation)>,
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// After so many seeds.
    pub seeds: u64,
    /// After so long.
    pub time: Duration,
    /// At the first violation.
    pub first: bool,
}

/// Runs seeds from `from` on, on `threads` threads.
#[expect(clippy::disallowed_methods, reason = "how long people wait, not simulated time")]
pub fn run_seeds(from: u64, limit: Limit, threads: usize, guards: Guards) -> Total {
    let next = AtomicU64::new(from);
    let stop = AtomicBool::new(false);
    let total = Mutex::new(Total::default());
    let until = Instant::now() + limit.time;
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut mine = Total::default();
                let began = Instant::now();
                while !stop.load(Ordering::Relaxed) && Instant::now() < until {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + limit.seeds {
                        break;
                    }
                    let outcome = run::seed(seed, guards, false);
                    mine.seeds += 1;
                    mine.coverage.add(&outcome.coverage);
                    mine.simulated_ms += outcome.simulated_ms;
                    if let Some((violation, _)) = outcome.violation {
                        mine.violations.push((seed, violation));
                        stop.fetch_or(limit.first, Ordering::Relaxed);
                    }
                }
                mine.busy_s = began.elapsed().as_secs_f64();
                if let Ok(mut total) = total.lock() {
                    total.add(mine);
                }
            });
        }
    });
    let mut total = total.into_inner().unwrap_or_default();
    total.violations.sort_by_key(|(seed, _)| *seed);
    total
}

impl Total {
    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.coverage.add(&other.coverage);
        self.simulated_ms += other.simulated_ms;
        self.busy_s += other.busy_s;
        self.violations.extend(other.violations);
    }

    /// Events a second on one core.
    pub fn events_per_second(&self) -> f64 {
        self.coverage.events as f64 / self.busy_s.max(0.001)
    }
}

/// How a mutant was found.
#[derive(Debug)]
pub struct Hunt {
    /// The guard that was taken away.
    pub guard: Guard,
    /// For each of several beginnings, after how many seeds it was noticed and by what.
    pub found: Vec<(u64, u64, &'static str)>,
    /// Beginnings in which it was not.
    pub missed: usize,
}

impl Hunt {
    /// The median of the seeds that it took, a miss counting as the limit.
    pub fn median(&self) -> Option<u64> {
        let mut after: Vec<u64> = self.found.iter().map(|(_, after, _)| *after).collect();
        after.extend(std::iter::repeat_n(u64::MAX, self.missed));
        after.sort_unstable();
        after.get(after.len() / 2).copied().filter(|after| *after != u64::MAX)
    }
}

/// Takes one guard away and searches, from `beginnings` different first seeds, at most `most` seeds
/// each.
pub fn hunt(guard: Guard, beginnings: u64, most: u64, threads: usize) -> Hunt {
    let mut hunt = Hunt { guard, found: Vec::new(), missed: 0 };
    for beginning in 0..beginnings {
        let from = beginning * 1_000_000;
        let limit = Limit { seeds: most, time: Duration::from_hours(1), first: true };
        let total = run_seeds(from, limit, threads, Guards::without(guard));
        match total.violations.first() {
            Some((seed, violation)) => {
                hunt.found.push((*seed, seed - from + 1, violation.invariant));
            }
            None => hunt.missed += 1,
        }
    }
    hunt
}
