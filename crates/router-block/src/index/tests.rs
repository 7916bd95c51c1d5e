use std::collections::HashMap;
use std::hash::Hasher;

use proptest::prelude::*;

use super::*;

/// A hash so poor that nearly every key collides: 2 segments, 4 fingerprints.
#[derive(Clone, Copy, Debug)]
struct Poor;

struct PoorHasher(u64);

impl Hasher for PoorHasher {
    fn finish(&self) -> u64 {
        (self.0 & 1) << 63 | (self.0 >> 1 & 3)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(31).wrapping_add(u64::from(*byte));
        }
    }
}

impl BuildHasher for Poor {
    type Hasher = PoorHasher;

    fn build_hasher(&self) -> PoorHasher {
        PoorHasher(0)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Give { key: u8, id: u32 },
    Take { key: u8 },
    Home { id: u32, home: u16 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (any::<u8>(), 1..60_u32).prop_map(|(key, id)| Step::Give { key, id }),
        any::<u8>().prop_map(|key| Step::Take { key }),
        (1..60_u32, 0..5_u16).prop_map(|(id, home)| Step::Home { id, home }),
    ]
}

/// Runs the steps on the index and on plain maps; a key changes hands as the directory does it:
/// it is taken from its owner before another gets it.
fn compare<S: BuildHasher>(hasher: S, steps: &[Step]) {
    let index = Index::new(hasher);
    let mut keys: HashMap<u8, u32> = HashMap::new();
    let mut homes: HashMap<u32, u16> = HashMap::new();
    let customer = |id: u32| CustomerId(u64::from(id));
    for step in steps {
        match *step {
            Step::Give { key, id } => {
                if let Some(owner) = keys.insert(key, id) {
                    index.remove(&format!("key-{key}"), customer(owner)).unwrap();
                }
                index.insert(&format!("key-{key}"), customer(id)).unwrap();
            }
            Step::Take { key } => {
                if let Some(owner) = keys.remove(&key) {
                    index.remove(&format!("key-{key}"), customer(owner)).unwrap();
                }
            }
            Step::Home { id, home } => {
                homes.insert(id, home);
                let home = HomeIndex(home);
                index.set_home(customer(id), home, Cohort::Loyal).unwrap();
            }
        }
        for (key, id) in &keys {
            assert_eq!(index.keys.get(&format!("key-{key}")), Some(*id), "{key}");
        }
    }
    for home in 0..5 {
        let expected = homes.values().filter(|h| **h == home).count() as u64;
        assert_eq!(index.customers_of(HomeIndex(home)), expected);
    }
    for (id, home) in homes {
        let found = index.customer(customer(id)).unwrap();
        assert_eq!((found.home, found.cohort), (HomeIndex(home), Cohort::Loyal));
    }
}

proptest! {
    #[test]
    fn agrees_with_plain_maps(steps in proptest::collection::vec(step(), 0..300)) {
        compare(RandomState::new(), &steps);
    }

    #[test]
    fn is_right_for_existing_keys_even_when_fingerprints_collide(
        steps in proptest::collection::vec(step(), 0..120),
    ) {
        compare(Poor, &steps);
    }
}

#[test]
fn finds_everybody_and_no_stranger_within_24_bytes_a_customer() {
    const CUSTOMERS: u64 = 600_000;
    let index = Index::new(RandomState::new());
    let mut worst = 0.0_f64;
    for id in 1..=CUSTOMERS {
        let customer = CustomerId(id);
        index.set_home(customer, HomeIndex(1), Cohort::Regular).unwrap();
        index.insert(&format!("login.{id}"), customer).unwrap();
        index.insert(&format!("+7900{id:07}"), customer).unwrap();
        if id >= CUSTOMERS / 3 * 2 && id % 10_000 == 0 {
            // Not counted: what a directory costs once, and the unused part of the last chunk.
            let fixed = Index::new(RandomState::new()).bytes() + (1 << 20);
            #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
            let each = (index.bytes() - fixed) as f64 / id as f64;
            worst = worst.max(each);
        }
    }
    println!("at most {worst:.1} bytes a customer with two keys");
    assert!(worst <= 24.0, "{worst}");
    for id in (1..=CUSTOMERS).step_by(7) {
        let found = index.find(&format!("login.{id}")).unwrap();
        assert_eq!(found.customer, CustomerId(id));
        let found = index.find(&format!("+7900{id:07}")).unwrap();
        assert_eq!(found.customer, CustomerId(id));
    }
    let strangers = (0..100_000).filter(|n| index.find(&format!("nobody.{n}")).is_some());
    assert!(strangers.count() <= 3);
}

#[test]
fn taking_a_key_that_is_not_his_changes_nothing() {
    let index = Index::new(RandomState::new());
    index.set_home(CustomerId(1), HomeIndex(0), Cohort::Regular).unwrap();
    index.insert("anna", CustomerId(1)).unwrap();
    index.remove("anna", CustomerId(2)).unwrap();
    index.remove("boris", CustomerId(1)).unwrap();
    assert!(index.find("anna").is_some());
    index.remove("anna", CustomerId(1)).unwrap();
    assert!(index.find("anna").is_none());
}

#[test]
fn ids_outside_the_array_are_refused() {
    let index = Index::new(RandomState::new());
    for id in [0, 1 << 32, u64::MAX] {
        let customer = CustomerId(id);
        assert_eq!(index.insert("a", customer), Err(OutOfRange(customer)));
    }
}
