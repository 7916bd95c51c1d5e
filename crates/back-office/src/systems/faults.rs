//! What happens to a call while a system is in some mode. Pure: chance comes in as an argument.

use std::f64::consts::TAU;
use std::time::Duration;

use common::wire::systems::SystemMode;

/// What is done with one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Treatment {
    /// It is answered.
    Answer,
    /// It takes effect at once and is answered after this.
    AnswerLate(Duration),
    /// It is not read any further, and nobody answers.
    Silence,
    /// It fails and has no effect.
    FailBefore(Breakdown),
    /// It takes effect, and the caller does not learn it.
    FailAfter(Breakdown),
}

impl Treatment {
    /// The word in metrics.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Answer => "answered",
            Self::AnswerLate(_) => "answered_late",
            Self::Silence => "silent",
            Self::FailBefore(_) => "failed_before_effect",
            Self::FailAfter(_) => "failed_after_effect",
        }
    }
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breakdown {
    /// An answer with status 500 that explains nothing.
    Error,
    /// The connection is closed without an answer.
    Broken,
}

/// Chance, drawn once per call: four numbers, each over the whole range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice(pub(super) [u32; 4]);

/// The 99th percentile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_348;
/// The longest a slow system keeps a caller waiting.
const LATE_MAX_MS: f64 = 120_000.0;

/// What is done with a call in `mode`.
pub(super) fn treatment(mode: SystemMode, dice: Dice) -> Treatment {
    let Dice([fails, after, how, _]) = dice;
    match mode {
        SystemMode::Up => Treatment::Answer,
        // The listener is closed; this is a call on a connection that is about to be cut.
        SystemMode::Down => Treatment::FailBefore(Breakdown::Broken),
        SystemMode::Hanging => Treatment::Silence,
        SystemMode::Slow { median_ms, p99_ms } => {
            Treatment::AnswerLate(latency(median_ms, p99_ms, dice))
        }
        SystemMode::Failing { percent, after_effect_percent } => {
            let breakdown =
                if how.is_multiple_of(2) { Breakdown::Error } else { Breakdown::Broken };
            if !chance(fails, percent) {
                Treatment::Answer
            } else if chance(after, after_effect_percent) {
                Treatment::FailAfter(breakdown)
            } else {
                Treatment::FailBefore(breakdown)
            }
        }
    }
}

fn chance(drawn: u32, percent: u8) -> bool {
    u64::from(drawn) * 100 < u64::from(percent) << 32
}

/// A log-normal latency, by Box and Muller's method.
fn latency(median_ms: u32, p99_ms: u32, Dice([_, _, one, two]): Dice) -> Duration {
    let median = f64::from(median_ms.max(1));
    let sigma = (f64::from(p99_ms) / median).ln().max(0.0) / NORMAL_P99;
    let uniform = |drawn: u32| (f64::from(drawn) + 1.0) / (f64::from(u32::MAX) + 1.0);
    let normal = (-2.0 * uniform(one).ln()).sqrt() * (TAU * uniform(two)).cos();
    let ms = (median * (sigma * normal).exp()).min(LATE_MAX_MS);
    Duration::from_secs_f64(ms / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same in every run (`SplitMix64`).
    fn throws() -> impl Iterator<Item = Dice> {
        let mut state = 1_u64;
        let mut next = move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            u32::try_from((z ^ (z >> 31)) >> 32).unwrap()
        };
        std::iter::repeat_with(move || Dice([next(), next(), next(), next()]))
    }

    fn share(of: usize, all: usize) -> usize {
        (of * 100 + all / 2) / all
    }

    #[test]
    fn slowness_has_the_median_and_the_tail_that_were_asked_for() {
        let mode = SystemMode::Slow { median_ms: 200, p99_ms: 1_500 };
        let mut late: Vec<Duration> = throws()
            .take(20_000)
            .map(|dice| match treatment(mode, dice) {
                Treatment::AnswerLate(delay) => delay,
                other => panic!("{other:?}"),
            })
            .collect();
        late.sort_unstable();
        let near = |at: usize, ms: u128, off: u128| late[at].as_millis().abs_diff(ms) <= off;
        assert!(near(10_000, 200, 10), "{:?}", late[10_000]);
        assert!(near(19_800, 1_500, 200), "{:?}", late[19_800]);
    }

    #[test]
    fn failures_come_in_the_shares_that_were_asked_for() {
        let mode = SystemMode::Failing { percent: 40, after_effect_percent: 25 };
        let all = 20_000;
        let treated: Vec<Treatment> =
            throws().take(all).map(|dice| treatment(mode, dice)).collect();
        let count = |wanted: fn(&Treatment) -> bool| treated.iter().filter(|t| wanted(t)).count();
        let before = count(|t| matches!(t, Treatment::FailBefore(_)));
        let after = count(|t| matches!(t, Treatment::FailAfter(_)));
        let broken = count(|t| {
            let (Treatment::FailBefore(how) | Treatment::FailAfter(how)) = t else {
                return false;
            };
            *how == Breakdown::Broken
        });
        assert_eq!((share(before, all), share(after, all)), (30, 10));
        assert_eq!(share(broken, before + after), 50);
    }

    #[test]
    fn all_and_nothing_are_exact() {
        for (percent, expected) in [(0, false), (100, true)] {
            assert_eq!(chance(0, percent), expected);
            assert_eq!(chance(u32::MAX, percent), expected);
        }
    }
}
