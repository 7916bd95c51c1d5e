//! The directory in memory: login or phone → customer → home and cohort.
//!
//! Two structures. `keys` finds the customer of a key (a login or a phone number; a phone begins
//! with `+`, which no login does, so one table holds both). `homes` is an array by customer id.
//! Together they take at most 24 bytes per customer with both keys: a hundred million customers
//! fit in 2.4 GB, where a `HashMap` of strings needs twelve.
//!
//! A key itself is not kept, only a fingerprint of it. For a key that exists the answer is always
//! right: fingerprints that collide are told apart by an exact map. For a key that does not exist
//! it may, once in 10⁵ look-ups of a full bank, name somebody: the block verifies the password
//! anyway. The hash is keyed at random in each process, so that nobody can make keys collide.
//!
//! One task writes (the follower); any number of threads read. This module does no I/O and knows
//! no database.

mod homes;
mod keys;
mod segment;

use std::hash::{BuildHasher, RandomState};

use common::CustomerId;
use common::wire::router::Cohort;

pub use homes::{HOMES_MAX, HomeIndex, Homes};
pub use keys::Keys;

/// The directory of a bank in memory.
#[derive(Debug)]
pub struct Index<S = RandomState> {
    keys: Keys<S>,
    homes: Homes,
}

/// What the index says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose key it is.
    pub customer: CustomerId,
    /// The number of his home block.
    pub home: HomeIndex,
    /// His cohort.
    pub cohort: Cohort,
}

/// A customer id that the index cannot hold: ids are dense from 1 and below 2³².
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("customer {0} is outside the index: ids are dense from 1 and below 2^32")]
pub struct OutOfRange(pub CustomerId);

impl<S: BuildHasher> Index<S> {
    /// An empty index whose keys are hashed by `hasher`.
    pub fn new(hasher: S) -> Self {
        Self { keys: Keys::new(hasher), homes: Homes::new() }
    }

    /// The customer who has `key`.
    pub fn find(&self, key: &str) -> Option<Found> {
        let id = self.keys.get(key)?;
        let (home, cohort) = self.homes.get(id)?;
        Some(Found { customer: CustomerId(u64::from(id)), home, cohort })
    }

    /// What is known of a customer.
    pub fn customer(&self, customer: CustomerId) -> Option<Found> {
        let id = narrow(customer).ok()?;
        let (home, cohort) = self.homes.get(id)?;
        Some(Found { customer, home, cohort })
    }

    /// Says where a customer belongs; replaces what was said before.
    pub fn set_home(
        &self,
        customer: CustomerId,
        home: HomeIndex,
        cohort: Cohort,
    ) -> Result<(), OutOfRange> {
        self.homes.set(narrow(customer)?, home, cohort);
        Ok(())
    }

    /// Gives `key`, which nobody has, to a customer. A key that is given twice has to be taken
    /// twice: only fingerprints are kept, and two keys of one customer can share theirs.
    pub fn insert(&self, key: &str, customer: CustomerId) -> Result<(), OutOfRange> {
        self.keys.insert(key, narrow(customer)?);
        Ok(())
    }

    /// Takes `key` from a customer, if it is his.
    pub fn remove(&self, key: &str, customer: CustomerId) -> Result<(), OutOfRange> {
        self.keys.remove(key, narrow(customer)?);
        Ok(())
    }

    /// Forgets everything and makes room for so many customers with two keys each, so that filling
    /// it with them moves nothing and leaves no holes where smaller arrays were.
    pub fn clear(&self, customers: u64) {
        self.keys.clear(usize::try_from(customers).unwrap_or(0).saturating_mul(2));
        self.homes.clear();
    }

    /// Customers with this home.
    pub fn customers_of(&self, home: HomeIndex) -> u64 {
        self.homes.count(home)
    }

    /// Bytes that the index holds, as far as it is responsible for them.
    pub fn bytes(&self) -> usize {
        self.keys.bytes() + self.homes.bytes()
    }
}

fn narrow(customer: CustomerId) -> Result<u32, OutOfRange> {
    match u32::try_from(customer.0) {
        Ok(0) | Err(_) => Err(OutOfRange(customer)),
        Ok(id) => Ok(id),
    }
}

#[cfg(test)]
mod tests;
