//! Rate limits in a fixed amount of memory (A8).
//!
//! A token bucket needs one number: when it will be full again. Buckets lie in a fixed array; a key
//! has two of them, chosen by a hash that is keyed at random in each process, and is refused only
//! when both are empty. So memory never grows, nobody is evicted by a flood of made-up keys, and
//! two keys that share one bucket do not notice each other. What a restart forgets is a burst.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use common::Timestamp;

/// A limit on how often each key may come.
#[derive(Debug)]
pub struct Limit {
    hasher: RandomState,
    /// When a bucket will be full again, in microseconds since 1970.
    full_at_us: Box<[AtomicU64]>,
    /// What one request takes.
    cost_us: u64,
    /// What a full bucket holds.
    depth_us: u64,
}

/// Come back after so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub u64);

impl Limit {
    /// At most `burst` at once, then one every `cost_us` microseconds; `counters` buckets.
    pub fn new(counters: usize, cost_us: u64, burst: u32) -> Self {
        Self {
            hasher: RandomState::new(),
            full_at_us: (0..counters.max(1)).map(|_| AtomicU64::new(0)).collect(),
            cost_us,
            depth_us: cost_us * u64::from(burst),
        }
    }

    /// Counts a request of `key`.
    pub fn take(&self, key: &impl Hash, now: Timestamp) -> Result<(), Wait> {
        let now_us = u64::try_from(now.unix_ms()).unwrap_or(0) * 1_000;
        let hash = self.hasher.hash_one(key);
        let first = self.draw(self.bucket(hash & 0xffff_ffff), now_us);
        let second = self.draw(self.bucket(hash >> 32), now_us);
        match (first, second) {
            (Err(a), Err(b)) => Err(Wait(a.min(b).div_ceil(1_000))),
            _ => Ok(()),
        }
    }

    fn bucket(&self, half: u64) -> &AtomicU64 {
        // Proportional rather than modulo: no division, and every bucket is used.
        let at = (half * self.full_at_us.len() as u64) >> 32;
        &self.full_at_us[usize::try_from(at).unwrap_or(0)]
    }

    /// Takes one request out of a bucket, or says after how many microseconds there is one.
    fn draw(&self, bucket: &AtomicU64, now_us: u64) -> Result<(), u64> {
        let drawn = |full_at: u64| {
            let next = full_at.max(now_us) + self.cost_us;
            (next <= now_us + self.depth_us).then_some(next)
        };
        match bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, drawn) {
            Ok(_) => Ok(()),
            Err(full_at) => Err(full_at + self.cost_us - now_us - self.depth_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_000_000 + ms)
    }

    #[test]
    fn a_burst_then_a_steady_rate() {
        let limit = Limit::new(1024, 100_000, 3);
        for _ in 0..3 {
            assert_eq!(limit.take(&"anna", at(0)), Ok(()));
        }
        assert_eq!(limit.take(&"anna", at(0)), Err(Wait(100)));
        assert_eq!(limit.take(&"anna", at(99)), Err(Wait(1)));
        assert_eq!(limit.take(&"anna", at(100)), Ok(()));
        assert_eq!(limit.take(&"anna", at(100)), Err(Wait(100)));
        assert_eq!(limit.take(&"boris", at(100)), Ok(()));
        for _ in 0..3 {
            assert_eq!(limit.take(&"anna", at(10_000)), Ok(()));
        }
    }

    #[test]
    fn one_flooded_key_does_not_shut_out_others() {
        let limit = Limit::new(4096, 1_000_000, 2);
        let taken = (0..100).filter(|_| limit.take(&"flood", at(0)).is_ok());
        assert_eq!(taken.count(), 2);
        let refused = (0..1_000_u32).filter(|n| limit.take(n, at(0)).is_err());
        assert!(refused.count() < 20);
    }

    #[test]
    fn a_single_counter_is_enough_to_work() {
        let limit = Limit::new(1, 1_000_000, 4);
        assert!(limit.take(&1, at(0)).is_ok());
        assert!(limit.take(&2, at(0)).is_ok());
        assert!(limit.take(&3, at(0)).is_err());
    }
}
