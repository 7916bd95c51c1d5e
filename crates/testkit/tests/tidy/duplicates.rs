//! No crate in two versions: it is built twice, and its types do not meet.
//!
//! What others force on us is listed with the one who does. An entry that is no longer true is a
//! finding too, or the list would hide the next one.

use std::collections::{BTreeMap, BTreeSet};

use crate::packages::Package;
use crate::tree::{File, Finding};

/// A crate that comes in several versions, and why we bear it.
pub(crate) type Known = (&'static str, &'static str);

pub(crate) const KNOWN: &[Known] = &[
    ("base64", "0.22: sqlx, postgres-protocol and metrics-exporter-prometheus"),
    ("block-buffer", "0.10: sha2 0.10"),
    ("cpufeatures", "0.2: sha2 0.10"),
    ("crypto-common", "0.1: sha2 0.10"),
    ("digest", "0.10: sha2 0.10"),
    ("getrandom", "0.2: ring; 0.3: rand 0.9"),
    ("hashbrown", "0.16: sqlx and metrics-util"),
    ("rand", "0.9: metrics-util"),
    ("rand_core", "0.9: rand 0.9"),
    ("sha2", "0.10: sqlx-core, for the checksums of migrations"),
    ("syn", "2: most derive macros and this test; 3: clap, async-trait and the icu crates"),
    ("tower-http", "0.6: reqwest, for redirects"),
];

pub(crate) fn check(packages: &[Package], known: &[Known]) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let lock = File::sample("Cargo.lock", "");
    let list = File::sample("crates/testkit/tests/tidy/duplicates.rs", "");
    let new = versions.iter().filter(|(name, _)| !known.iter().any(|entry| entry.0 == **name));
    let stale = known.iter().filter(|entry| !versions.contains_key(entry.0));
    new.map(|(name, versions)| {
        let versions: Vec<&str> = versions.iter().copied().collect();
        let advice = format!("{name} comes as {}: settle on one,", versions.join(" and "));
        lock.finding(1, format!("{advice} or list it in tidy/duplicates.rs with a reason"))
    })
    .chain(stale.map(|(name, _)| list.finding(1, format!("{name}: once only, remove the entry"))))
    .collect()
}

#[test]
fn duplicates_and_stale_entries_are_found() {
    let twice = [Package::sample("a", "1.0.0"), Package::sample("a", "2.0.0")];
    assert_eq!(check(&twice, &[]).len(), 1);
    assert!(check(&twice, &[("a", "b forces it")]).is_empty());
    let once = &twice[..1];
    assert!(check(once, &[]).is_empty());
    assert_eq!(check(once, &[("a", "b forces it")]).len(), 1);
}
