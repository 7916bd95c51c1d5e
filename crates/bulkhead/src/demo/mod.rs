//! The demo customers: invented people, the same ones at every start.
//!
//! A customer is a function of his number, so a larger bank contains a smaller one. Phones are of
//! no operator's range, nobody's name is looked up anywhere. Demo customers share sixteen
//! passwords, hashed beforehand with the real parameters: hashing a password for each of 100,000
//! customers would take a quarter of an hour.

mod names;
mod passwords;

use common::wire::router::Cohort;
use serde::{Deserialize, Serialize};

use crate::topology::{Role, Topology};
use names::{Origin, name_of};

/// Every so many customers belongs to the staff or is loyal, and lives on the pilot.
const PILOT_EVERY: u64 = 50;
/// More cannot be told apart by the demo's phone numbers.
pub const CUSTOMERS_MAX: u64 = 9_999_999;

/// A line of `customers.ndjson`, which every service loads its part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// From 1, without gaps.
    pub customer_id: u64,
    /// Unique.
    pub login: String,
    /// Unique, fictitious.
    pub phone: String,
    /// First and last name.
    pub name: String,
    /// The block that the directory assigns.
    pub home: String,
    /// Which releases.
    pub cohort: Cohort,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
}

/// A line of `demo-logins.json`, for people who want to log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Login<'a> {
    /// What to type.
    pub login: &'a str,
    /// Works as well.
    pub phone: &'a str,
    /// The password.
    pub password: &'static str,
    /// Whose it is.
    pub name: &'a str,
    /// Where he is served.
    pub home: &'a str,
    /// Which releases he is among the first to get.
    pub cohort: Cohort,
}

/// The first `count` customers of a topology.
pub fn customers(topology: &Topology, count: u64) -> impl Iterator<Item = Customer> {
    (1..=count).map(move |id| customer(topology, id))
}

/// What to type to be this customer.
pub fn login_of(customer: &Customer) -> Login<'_> {
    Login {
        login: &customer.login,
        phone: &customer.phone,
        password: passwords::password(mixed(customer.customer_id, 4)),
        name: &customer.name,
        home: &customer.home,
        cohort: customer.cohort,
    }
}

fn customer(topology: &Topology, id: u64) -> Customer {
    let origin = if mixed(id, 1).is_multiple_of(3) { Origin::English } else { Origin::Russian };
    let (first, last) = name_of(origin, mixed(id, 2), mixed(id, 3));
    let (home, cohort) = home_of(topology, id);
    Customer {
        customer_id: id,
        login: format!("{}.{}{id}", first.to_lowercase(), last.to_lowercase()),
        phone: format!("+7900{id:07}"),
        name: format!("{first} {last}"),
        home,
        cohort,
        password_hash: passwords::hash(mixed(id, 4)),
    }
}

fn home_of(topology: &Topology, id: u64) -> (String, Cohort) {
    let of_role = |role: Role| topology.blocks.iter().filter(move |block| block.role == role);
    let pilot = of_role(Role::Pilot).next();
    if id.is_multiple_of(PILOT_EVERY)
        && let Some(pilot) = pilot
    {
        let loyal = (id / PILOT_EVERY).is_multiple_of(2);
        return (pilot.name.clone(), if loyal { Cohort::Loyal } else { Cohort::Staff });
    }
    let clients: Vec<&str> = of_role(Role::Client).map(|block| block.name.as_str()).collect();
    let count = u64::try_from(clients.len()).unwrap_or(u64::MAX).max(1);
    let position = usize::try_from((id - 1) % count).unwrap_or_default();
    (clients.get(position).copied().unwrap_or_default().to_owned(), Cohort::Regular)
}

/// A number that looks random and is not: SplitMix64 of customer and purpose.
fn mixed(id: u64, purpose: u64) -> u64 {
    let mut z = id.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(purpose << 32);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) >> 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn first(count: u64) -> Vec<Customer> {
        let text = include_str!("../../../../deploy/topology.toml");
        customers(&Topology::parse(text).unwrap(), count).collect()
    }

    #[test]
    fn a_larger_bank_contains_a_smaller_one() {
        assert_eq!(first(100), first(5000)[..100]);
    }

    #[test]
    fn logins_and_phones_are_unique_and_plain() {
        let customers = first(20_000);
        let logins: BTreeSet<&str> = customers.iter().map(|c| c.login.as_str()).collect();
        let phones: BTreeSet<&str> = customers.iter().map(|c| c.phone.as_str()).collect();
        assert_eq!((logins.len(), phones.len()), (20_000, 20_000));
        for customer in &customers {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
            assert!(customer.login.chars().all(plain), "{}", customer.login);
            assert_eq!(customer.phone.len(), "+79000000001".len());
        }
    }

    #[test]
    fn homes_are_shared_out_and_every_fiftieth_lives_on_the_pilot() {
        let customers = first(1000);
        let of = |home: &str| customers.iter().filter(|c| c.home == home).count();
        assert_eq!((of("client-1"), of("client-2"), of("pilot")), (500, 480, 20));
        assert!(customers.iter().all(|c| (c.home == "pilot") == (c.cohort != Cohort::Regular)));
    }
}
