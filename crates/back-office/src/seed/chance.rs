//! Numbers that look random and follow from a customer and a purpose alone.

/// A source of them for one customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// The source for customer `id`.
    pub(super) fn of(id: u64) -> Self {
        Self(mixed(id ^ 0x5EED_0BA2))
    }

    /// A number below `bound`, the same for the same purpose.
    pub(super) fn below(self, purpose: u64, bound: u64) -> u64 {
        mixed(self.0 ^ mixed(purpose)) % bound.max(1)
    }

    /// An amount from `least` up to, not including, `least + spread`, in minor units.
    pub(super) fn minor(self, purpose: u64, least: i64, spread: u64) -> i64 {
        least.saturating_add_unsigned(self.below(purpose, spread))
    }

    /// True for this many of a hundred customers.
    pub(super) fn percent(self, purpose: u64, percent: u64) -> bool {
        self.below(purpose, 100) < percent
    }

    /// One of them.
    pub(super) fn pick<T>(self, purpose: u64, from: &[T]) -> &T {
        let count = u64::try_from(from.len()).unwrap_or(u64::MAX);
        let at = self.below(purpose, count);
        &from[usize::try_from(at).unwrap_or(0)]
    }
}

/// The output function of `SplitMix64`.
fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_what_they_say_and_the_same_every_time() {
        let count = || (1..=10_000).filter(|id| Chance::of(*id).percent(3, 30)).count();
        assert!((2_800..3_200).contains(&count()), "{}", count());
        assert_eq!(count(), count());
        let purposes = (0..1_000).filter(|p| Chance::of(7).percent(*p, 50)).count();
        assert!((430..570).contains(&purposes), "{purposes}");
    }
}
