//! How many requests a backup takes on for another block's customers (protocol §9): after a
//! takeover all of them come at once. A token bucket for each home, in which the more urgent
//! classes of requests find something left when the others do not; whoever is turned away is told
//! when to come back, spread by full jitter so that they do not come back together.

use crate::time::Timestamp;

/// Classes of requests, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Something that has begun: a code for it, its cancellation, a sign-out.
    InFlight,
    /// A new operation, a login.
    New,
    /// What is there.
    Balance,
    /// What was.
    History,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::InFlight, Self::New, Self::Balance, Self::History];

    /// The part of the bucket that is kept for the more urgent ones, in per cent.
    fn kept_percent(self) -> u64 {
        match self {
            Self::InFlight => 0,
            Self::New => 20,
            Self::Balance => 40,
            Self::History => 60,
        }
    }
}

/// What a home is allowed at a block; measured, not assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests at once.
    pub burst: u32,
    /// Requests a second after that.
    pub per_second: u32,
}

/// What is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    thousandths: u64,
    filled_at: Timestamp,
}

impl Bucket {
    /// A full one.
    pub fn full(budget: Budget, now: Timestamp) -> Self {
        Self { thousandths: u64::from(budget.burst) * 1_000, filled_at: now }
    }

    /// Filled up for the time that has passed; a clock that went back fills nothing.
    fn filled(self, budget: Budget, now: Timestamp) -> Self {
        let passed = u64::try_from(now.ms_since(self.filled_at)).unwrap_or(0);
        let more = passed.saturating_mul(u64::from(budget.per_second));
        let most = u64::from(budget.burst) * 1_000;
        Self { thousandths: self.thousandths.saturating_add(more).min(most), filled_at: now }
    }
}

/// Whether a request is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is.
    Admitted,
    /// It is not: come back after so many milliseconds.
    RetryAfterMs(u32),
}

/// The shortest time within which those who were turned away are spread.
const SPREAD_MS: u64 = 1_000;

/// Takes a request on, or does not. `jitter` is in 0..1000: the client comes back at that part of
/// twice the time in which there will be room for it.
pub fn admit(
    bucket: Bucket,
    budget: Budget,
    class: Class,
    jitter: u16,
    now: Timestamp,
) -> (Bucket, Admission) {
    let filled = bucket.filled(budget, now);
    // A bucket holds one request of each class, however small it is.
    let room = (u64::from(budget.burst) * 1_000).saturating_sub(1_000);
    let needed = 1_000 + room * class.kept_percent() / 100;
    if filled.thousandths >= needed {
        let left = Bucket { thousandths: filled.thousandths - 1_000, ..filled };
        return (left, Admission::Admitted);
    }
    let missing = needed - filled.thousandths;
    let wait_ms = missing.div_ceil(u64::from(budget.per_second).max(1));
    let spread = (2 * wait_ms).max(SPREAD_MS);
    let after = 1 + spread * u64::from(jitter.min(999)) / 1_000;
    (filled, Admission::RetryAfterMs(u32::try_from(after).unwrap_or(u32::MAX)))
}

#[cfg(test)]
#[path = "tests/admission.rs"]
mod tests;
