//! Who may depend on whom. A1: `common` knows no runtime, database, HTTP or clock. A3 in its
//! checkable part: no service is linked into another. And crates that nothing may bring in.

use std::collections::BTreeSet;

use crate::packages::Package;
use crate::tree::{File, Finding};

/// A name, and why it is on the list.
type Reasoned = (&'static str, &'static str);

/// All that `common` may depend on directly.
const COMMON_MAY_NEED: &[Reasoned] = &[
    ("base64", "the written form of tickets"),
    ("ring", "digests, MACs and sealing (ADR 0005); randomness comes in as an argument"),
    ("serde", "wire types"),
    ("serde_json", "wire types"),
    ("serde_json_canonicalizer", "RFC 8785, for the hash of an intent"),
    ("thiserror", "refusals that are errors"),
    ("time", "a type for instants; its clock is forbidden by clippy.toml and by rule A9"),
    ("utoipa", "wire types as JSON Schema: macros and plain data, no server (no axum feature)"),
    ("uuid", "a type for ids; nothing in common draws one"),
];

/// What may not come into `common` by any way.
const WORLD: &[Reasoned] = &[
    ("async-std", "a runtime"),
    ("axum", "HTTP"),
    ("chrono", "a clock"),
    ("deadpool", "a pool"),
    ("futures-executor", "a runtime"),
    ("hyper", "HTTP"),
    ("jiff", "a clock"),
    ("mio", "sockets"),
    ("postgres-protocol", "a database"),
    ("quanta", "a clock"),
    ("redis", "a database"),
    ("reqwest", "HTTP"),
    ("smol", "a runtime"),
    ("sqlx-core", "a database"),
    ("tokio", "a runtime"),
    ("tower", "HTTP"),
];

/// Ours, and which of ours each may need to run. A crate that is not listed may need none.
const LAYERS: &[(&str, &[&str])] = &[
    ("common", &[]),
    ("platform", &["common"]),
    ("router-block", &["common", "platform"]),
    ("client-block", &["common", "platform"]),
    ("backup-block", &["client-block", "common", "platform"]),
    ("back-office", &["common", "platform"]),
    ("archive", &["common", "platform"]),
    ("bulkhead", &["common", "platform"]),
    ("testkit", &["common", "platform"]),
    // Runs the decisions alone; nothing runs it, or a service could reach fewer guards.
    ("simulator", &["common"]),
    // The rows that it fills an outbox with are those that the customer application writes.
    ("bench", &["client-block", "common", "platform"]),
];

const BANNED: &[Reasoned] = &[
    ("aws-lc-rs", "half a minute of building; ring is the provider (ADR 0005)"),
    ("aws-lc-sys", "half a minute of building; ring is the provider (ADR 0005)"),
    ("chrono", "time is the one calendar"),
    ("jiff", "time is the one calendar"),
    ("native-tls", "rustls is the one TLS"),
    ("openssl", "rustls is the one TLS"),
    ("openssl-sys", "rustls is the one TLS"),
    ("async-std", "tokio is the one runtime"),
    ("smol", "tokio is the one runtime"),
    ("actix-web", "axum is the one server"),
    ("utoipa-swagger-ui", "downloads while it builds"),
];

pub(crate) fn common_is_pure(packages: &[Package]) -> Vec<Finding> {
    let place = manifest("common");
    let Some(start) = packages.iter().position(|p| p.is_ours && p.name == "common") else {
        return vec![place.finding(1, "A1: there is no crate `common`: change this rule with it")];
    };
    let direct = packages[start].needs.iter().map(|&at| &packages[at].name);
    let unlisted = direct.filter(|name| !lists(COMMON_MAY_NEED, name)).map(|name| {
        let advice = format!("A1: `{name}` is not on the list for common: do it in platform, or");
        place.finding(1, format!("{advice} list it in tidy/dependencies.rs with a reason"))
    });
    let world = reachable(packages, start).into_iter().filter_map(|at| {
        let (name, what) = WORLD.iter().find(|(name, _)| *name == packages[at].name)?;
        Some(place.finding(1, format!("A1: `{name}` ({what}) comes into common: keep it out")))
    });
    unlisted.chain(world).collect()
}

pub(crate) fn crates_are_layered(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.is_ours) {
        let allowed =
            LAYERS.iter().find(|(name, _)| *name == package.name).map_or(&[][..], |entry| entry.1);
        let ours = package.needs.iter().map(|&at| &packages[at]).filter(|other| other.is_ours);
        for other in ours.filter(|other| !allowed.contains(&other.name.as_str())) {
            let advice = format!(
                "A3: may not depend on `{}`: talk to it over its API, or share through common",
                other.name
            );
            findings.push(manifest(&package.name).finding(1, advice));
        }
    }
    findings
}

pub(crate) fn banned(packages: &[Package]) -> Vec<Finding> {
    let place = File::sample("Cargo.lock", "");
    let ban = |package: &Package| {
        let (name, reason) = BANNED.iter().find(|(name, _)| *name == package.name)?;
        Some(place.finding(1, format!("`{name}` is banned: {reason}. See cargo tree -i {name}")))
    };
    packages.iter().filter_map(ban).collect()
}

/// One build of each program: roles and channels are configuration.
pub(crate) fn no_features(packages: &[Package]) -> Vec<Finding> {
    let ours = packages.iter().filter(|package| package.is_ours);
    let features = ours.flat_map(|package| package.features.iter().map(move |f| (package, f)));
    features
        .map(|(package, feature)| {
            let advice = format!("feature `{feature}`: make it configuration, or always on");
            manifest(&package.name).finding(1, advice)
        })
        .collect()
}

fn lists(list: &[Reasoned], name: &str) -> bool {
    list.iter().any(|(listed, _)| *listed == name)
}

fn manifest(name: &str) -> File {
    File::sample(&format!("crates/{name}/Cargo.toml"), "")
}

fn reachable(packages: &[Package], start: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut next = vec![start];
    while let Some(at) = next.pop() {
        if seen.insert(at) {
            next.extend(&packages[at].needs);
        }
    }
    seen
}

#[cfg(test)]
fn ours(name: &str, needs: &[usize]) -> Package {
    let needs = needs.to_vec();
    Package { is_ours: true, needs, ..Package::sample(name, "0.1.0") }
}

#[test]
fn a_runtime_below_common_is_found() {
    let serde = || Package::sample("serde", "1.0.0");
    assert!(common_is_pure(&[ours("common", &[1]), serde()]).is_empty());
    let unlisted = [ours("common", &[1]), Package::sample("regex", "1.0.0")];
    assert_eq!(common_is_pure(&unlisted).len(), 1);
    let tokio = Package::sample("tokio", "1.0.0");
    let deep = [ours("common", &[1]), Package { needs: vec![2], ..serde() }, tokio];
    assert_eq!(common_is_pure(&deep).len(), 1);
    assert_eq!(common_is_pure(&[]).len(), 1);
}

#[test]
fn a_service_inside_another_is_found() {
    let fine = [ours("common", &[]), ours("platform", &[0]), ours("client-block", &[0, 1])];
    assert!(crates_are_layered(&fine).is_empty());
    let upwards = [ours("common", &[1]), ours("platform", &[])];
    assert_eq!(crates_are_layered(&upwards).len(), 1);
    let sideways = [ours("client-block", &[1]), ours("router-block", &[])];
    assert_eq!(crates_are_layered(&sideways).len(), 1);
    let worldly = [ours("simulator", &[1, 2]), ours("common", &[]), ours("platform", &[1])];
    assert_eq!(crates_are_layered(&worldly).len(), 1);
    let simulated = [ours("client-block", &[1]), ours("simulator", &[])];
    assert_eq!(crates_are_layered(&simulated).len(), 1);
    let unknown = [ours("new", &[1]), ours("common", &[])];
    assert_eq!(crates_are_layered(&unknown).len(), 1);
}

#[test]
fn a_banned_crate_is_found() {
    assert!(banned(&[Package::sample("ring", "0.17.0")]).is_empty());
    assert_eq!(banned(&[Package::sample("openssl", "0.10.0")]).len(), 1);
}

#[test]
fn a_feature_of_ours_is_found() {
    let features = vec!["fast".to_owned()];
    let foreign = Package { features: features.clone(), ..Package::sample("serde", "1.0.0") };
    let own = Package { features, ..ours("common", &[]) };
    assert!(no_features(&[foreign]).is_empty());
    assert_eq!(no_features(&[own]).len(), 1);
}
