//! Decoys: what a login that nobody has is answered with, so that asking tells nothing.
//!
//! The same unknown login is sent to the same block by every router, today and after a restart:
//! the choice is a keyed hash of it, and the key is in the database. Among the homes it falls in
//! proportion to their customers, by rendezvous hashing: when a home grows, few strangers change
//! their block. Weights are rounded down to three significant bits, so that they change seldom.

use ring::hmac;

/// Chooses decoys.
#[derive(Clone)]
pub struct Decoys {
    key: hmac::Key,
}

/// What stands in for the customer of an unknown login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Stands for the login in the ticket, and for an id where the slice is computed.
    pub number: u64,
    draw: u64,
}

impl Decoys {
    /// With the secret that all routers share.
    pub fn new(secret: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// What stands in for `key`.
    pub fn stand_in(&self, key: &str) -> StandIn {
        let tag = hmac::sign(&self.key, key.as_bytes());
        let tag = tag.as_ref();
        let word = |at: usize| {
            let mut bytes = [0_u8; 8];
            bytes.copy_from_slice(&tag[at..at + 8]);
            u64::from_be_bytes(bytes)
        };
        StandIn { number: word(0), draw: word(8) }
    }
}

impl StandIn {
    /// One of the homes, given as (what stands for its name, its customers).
    pub fn choose<T>(&self, homes: impl IntoIterator<Item = (T, u64, u64)>) -> Option<T> {
        homes
            .into_iter()
            .map(|(home, seed, customers)| (home, score(self.draw, seed, weight(customers))))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(home, _)| home)
    }
}

/// Three significant bits; nobody weighs nothing.
fn weight(customers: u64) -> u64 {
    let customers = customers.max(1);
    let spare = (u64::BITS - customers.leading_zeros()).saturating_sub(3);
    customers >> spare << spare
}

/// Exponentially distributed with the weight as its rate: the least of them is in proportion.
#[expect(clippy::cast_precision_loss, reason = "a choice in proportion needs no more than 53 bits")]
fn score(draw: u64, seed: u64, weight: u64) -> f64 {
    let uniform = ((mix(draw ^ seed) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    -uniform.ln() / weight as f64
}

/// The finisher of splitmix64: every bit of the input reaches every bit of the output.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(homes: &[(usize, u64, u64)]) -> Vec<usize> {
        let decoys = Decoys::new(b"secret");
        (0..20_000)
            .map(|n| {
                let stand_in = decoys.stand_in(&format!("nobody.{n}"));
                stand_in.choose(homes.iter().copied()).unwrap()
            })
            .collect()
    }

    #[test]
    fn strangers_fall_in_proportion_to_customers() {
        let chosen = spread(&[(0, 11, 600_000), (1, 22, 300_000), (2, 33, 100_000)]);
        for (home, expected) in [(0, 12_000), (1, 6_000), (2, 2_000_usize)] {
            let found = chosen.iter().filter(|c| **c == home).count();
            assert!(found.abs_diff(expected) < 1_200, "{home}: {found}");
        }
    }

    #[test]
    fn the_same_stranger_stays_where_he_is_while_homes_grow() {
        let before = spread(&[(0, 11, 1_000_000), (1, 22, 1_000_000)]);
        let grown = spread(&[(0, 11, 1_010_000), (1, 22, 1_020_000)]);
        assert_eq!(before, grown);
        let with_another = spread(&[(0, 11, 1_000_000), (1, 22, 1_000_000), (2, 33, 100)]);
        let moved = before.iter().zip(&with_another).filter(|(a, b)| a != b);
        assert!(moved.count() < 20);
    }

    #[test]
    fn no_homes_no_choice() {
        let stand_in = Decoys::new(b"secret").stand_in("nobody");
        assert_eq!(stand_in.choose(std::iter::empty::<((), u64, u64)>()), None);
        assert_eq!(stand_in, Decoys::new(b"secret").stand_in("nobody"));
        assert_ne!(stand_in, Decoys::new(b"other").stand_in("nobody"));
    }
}
