//! What the index of the directory costs: bytes a customer and time a look-up.
//!
//! `cargo run --release -p router-block --example index_figures -- 10000000` prints them. Keys are
//! asked for in an order that no cache foresees; both kinds of key and strangers are measured. Time
//! is the thread's time on a processor, so that a busy machine does not count.

use std::hash::RandomState;
use std::hint::black_box;

use common::CustomerId;
use common::wire::router::Cohort;
use router_block::index::{HomeIndex, Index};

const ASKED: u64 = 2_000_000;

fn main() {
    let customers = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let customers: u64 = customers.unwrap_or(1_000_000);
    let index = Index::new(RandomState::new());
    index.clear(customers);
    let started = on_processor_ns();
    for id in 1..=customers {
        let customer = CustomerId(id);
        let added = index
            .set_home(customer, HomeIndex(1), Cohort::Regular)
            .and_then(|()| index.insert(&login(id), customer))
            .and_then(|()| index.insert(&phone(id), customer));
        if let Err(error) = added {
            println!("{error}");
            return;
        }
    }
    let each = ratio(on_processor_ns() - started, customers);
    println!("{customers} customers with two keys each, {each:.0} ns to add one");
    println!("{:.1} bytes a customer", ratio(index.bytes() as u64, customers));
    measure("login", &index, customers, login);
    measure("phone", &index, customers, phone);
    measure("stranger", &index, customers, |id| format!("nobody.{id}"));
}

fn measure(what: &str, index: &Index, customers: u64, key: impl Fn(u64) -> String) {
    let mut state = 1_u64;
    let keys: Vec<String> = (0..ASKED)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            key((state >> 20) % customers + 1)
        })
        .collect();
    let started = on_processor_ns();
    let found = keys.iter().filter(|key| black_box(index.find(key)).is_some());
    let found = found.count();
    let nanos = on_processor_ns() - started;
    println!("{what}: {:.0} ns a look-up, {found} of {ASKED} found", ratio(nanos, ASKED));
}

/// Linux keeps it as the first number of this file; 0 elsewhere.
fn on_processor_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = text.split(' ').next();
    first.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}

fn login(id: u64) -> String {
    format!("anna.petrova.{id}")
}

fn phone(id: u64) -> String {
    format!("+7900{id:07}")
}
