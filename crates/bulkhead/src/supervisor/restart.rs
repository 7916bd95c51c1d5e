//! When a process that died by itself is started again. Pure.
//!
//! The first death is repaired at once, for a customer may be waiting; every further one doubles
//! the pause up to ten seconds, so that a process that cannot live does not eat the machine. Half a
//! minute of life forgives everything.

use std::time::Duration;

/// The pause before the second attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A life of this length counts as healthy.
const HEALTHY: Duration = Duration::from_secs(30);

/// The record of a process's deaths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deaths {
    in_a_row: u32,
}

impl Deaths {
    /// Notes a death after a life of `lived`, and says how long to wait before the next attempt.
    pub fn after(&mut self, lived: Duration) -> Duration {
        if lived >= HEALTHY {
            self.in_a_row = 0;
        }
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.in_a_row.min(16));
        self.in_a_row = self.in_a_row.saturating_add(1);
        doubled.min(LONGEST_PAUSE)
    }

    /// Forgets them: somebody started the process on purpose.
    pub fn forget(&mut self) {
        self.in_a_row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_ten_seconds_and_a_healthy_life_forgives() {
        let mut deaths = Deaths::default();
        let pauses: Vec<u128> =
            (0..8).map(|_| deaths.after(Duration::from_secs(1)).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(deaths.after(HEALTHY), FIRST_PAUSE);
        deaths.after(Duration::ZERO);
        deaths.forget();
        assert_eq!(deaths.after(Duration::ZERO), FIRST_PAUSE);
    }
}
