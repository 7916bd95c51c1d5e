//! The licences of everything we link allow us to distribute it under ours.
//!
//! A package's SPDX expression must be satisfiable with licences of the list, or the package is an
//! exception by name.

use crate::packages::Package;
use crate::tree::{File, Finding};

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Package, its expression, why it may stay.
type Exception = (&'static str, &'static str, &'static str);

const EXCEPTIONS: &[Exception] = &[];

pub(crate) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = judge(packages, EXCEPTIONS);
    findings.extend(stale(packages, EXCEPTIONS));
    findings
}

fn judge(packages: &[Package], exceptions: &[Exception]) -> Vec<Finding> {
    let lock = File::sample("Cargo.lock", "");
    let refused = |package: &&Package| {
        let licence = package.licence.as_deref().unwrap_or_default();
        !allows(licence) && !exceptions.iter().any(|e| (e.0, e.1) == (&package.name, licence))
    };
    packages
        .iter()
        .filter(refused)
        .map(|package| {
            let licence = package.licence.as_deref().unwrap_or("nothing");
            let who = format!("{} {} declares {licence}", package.name, package.version);
            lock.finding(1, format!("{who}: do without it, or add it to tidy/licences.rs"))
        })
        .collect()
}

fn stale(packages: &[Package], exceptions: &[Exception]) -> Vec<Finding> {
    let list = File::sample("crates/testkit/tests/tidy/licences.rs", "");
    let holds = |exception: &&Exception| {
        let (name, licence, _) = **exception;
        packages.iter().any(|p| p.name == name && p.licence.as_deref() == Some(licence))
    };
    let gone = exceptions.iter().filter(|exception| !holds(exception));
    gone.map(|(name, ..)| list.finding(1, format!("{name}: no such case, remove the entry")))
        .collect()
}

/// `OR` of `AND` of licences or parentheses; the old `/` is an `OR`.
fn allows(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (allowed, rest) = any_of(&words);
    allowed && rest.is_empty()
}

fn any_of<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut allowed, mut rest) = all_of(words);
    while let Some(("OR", next)) = split(rest) {
        let (other, after) = all_of(next);
        allowed |= other;
        rest = after;
    }
    (allowed, rest)
}

fn all_of<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut allowed, mut rest) = one(words);
    while let Some(("AND", next)) = split(rest) {
        let (other, after) = one(next);
        allowed &= other;
        rest = after;
    }
    (allowed, rest)
}

fn one<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    match split(words) {
        Some(("(", inner)) => match any_of(inner) {
            (allowed, [")", rest @ ..]) => (allowed, rest),
            (_, rest) => (false, rest),
        },
        // An exception of the licensor only widens what the licence grants.
        Some((licence, ["WITH", _, rest @ ..] | rest)) => (ALLOWED.contains(&licence), rest),
        None => (false, words),
    }
}

fn split<'a>(words: &'a [&'a str]) -> Option<(&'a str, &'a [&'a str])> {
    words.split_first().map(|(first, rest)| (*first, rest))
}

#[test]
fn expressions_are_judged() {
    let good = [
        "MIT",
        "MIT OR Apache-2.0",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "Apache-2.0 WITH LLVM-exception OR MIT",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
    ];
    for expression in good {
        assert!(allows(expression), "{expression}");
    }
    let bad = ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR MIT", "MIT MIT", "AGPL-3.0-only"];
    for expression in bad {
        assert!(!allows(expression), "{expression}");
    }
}

#[test]
fn a_licence_that_is_not_allowed_is_found() {
    let gpl = Package { licence: Some("GPL-3.0".into()), ..Package::sample("a", "1.0.0") };
    let silent = Package { licence: None, ..Package::sample("b", "1.0.0") };
    let packages = [gpl, silent, Package::sample("c", "1.0.0")];
    assert_eq!(judge(&packages, &[]).len(), 2);
    let excepted = [("a", "GPL-3.0", "for the test")];
    assert_eq!(judge(&packages, &excepted).len(), 1);
    assert!(stale(&packages, &excepted).is_empty());
    assert_eq!(stale(&packages[1..], &excepted).len(), 1);
}
