//! A distribution of times in fixed memory, in the manner of an HDR histogram: buckets are exact
//! below 128 µs and at most 1.6 % wide above.

const EXACT_BITS: u32 = 7;
const EXACT: u64 = 1 << EXACT_BITS;
const HALF: u64 = EXACT / 2;
/// Up to 2⁴⁰ µs: twelve days.
const BUCKETS: usize = (43 - EXACT_BITS as usize) * (1 << (EXACT_BITS - 1));

/// Times in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// No times yet.
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }

    /// Notes a time.
    pub(crate) fn note(&mut self, us: u64) {
        self.counts[bucket(us)] += 1;
        self.total += 1;
    }

    /// How many there are.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// 50th, 95th and 99th percentile, in microseconds.
    pub(crate) fn percentiles(&self) -> [u64; 3] {
        [50, 95, 99].map(|percent| self.percentile(percent))
    }

    fn percentile(&self, percent: u64) -> u64 {
        let wanted = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return highest(at);
            }
        }
        0
    }
}

fn bucket(us: u64) -> usize {
    let shift = (u64::BITS - us.leading_zeros()).saturating_sub(EXACT_BITS);
    let at = u64::from(shift) * HALF + (us >> shift);
    usize::try_from(at).unwrap_or(usize::MAX).min(BUCKETS - 1)
}

/// The longest time of a bucket.
fn highest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < EXACT {
        return bucket;
    }
    let shift = bucket / HALF - 1;
    let lowest = (bucket - shift * HALF) << shift;
    lowest + (1 << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_at_most_a_little_below_its_bucket() {
        for us in (0..1_000).chain([5_000, 77_777, 1_000_000, 999_999_999]) {
            let shown = highest(bucket(us));
            assert!(shown >= us && shown - us <= us / 64, "{us}: {shown}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_of_all_times() {
        let mut histogram = Histogram::new();
        (1..=100).for_each(|us| histogram.note(us));
        assert_eq!(histogram.percentiles(), [50, 95, 99]);
        assert_eq!(histogram.total(), 100);
        assert_eq!(Histogram::new().percentiles(), [0, 0, 0]);
    }
}
