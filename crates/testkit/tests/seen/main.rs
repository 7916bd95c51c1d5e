//! Every operation of the API documents was seen by an integration test with every status and every
//! code that it can answer with, but for the few of [`UNSEEN`].
//!
//! Run by name after all tests (`make test` does): `cargo test -p testkit --test seen`. It reads
//! what the recorder in `testkit::openapi` wrote under `target/openapi-seen/`, so it judges the
//! last run of each crate's integration tests; a run of some of them only shows some.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What no test brings about over HTTP: a document, an operation or `*` for all that are left, a
/// code, and why.
const UNSEEN: &[(&str, &str, &str, &str)] = &[
    ("block", "*", "internal-error", BROKEN),
    ("router", "*", "internal-error", BROKEN),
    ("gateway", "*", "internal-error", BROKEN),
    ("archive", "*", "internal-error", BROKEN),
    ("router", "excuse", "-", RECOVERS),
    ("router", "excuse", "approval-needed", RECOVERS),
    ("router", "excuse", "approval-invalid", RECOVERS),
    (
        "block",
        "endCurrentSession",
        "session-unknown",
        "said when another request ends the session between two statements of this one",
    ),
    (
        "router",
        "createCustomer",
        "busy",
        "said when others change the same reservation between two statements, four times in a row",
    ),
];

/// Of a code that an operation with `*` has, at least one operation was seen.
const BROKEN: &str = "whatever nobody foresaw: answered in one place for all operations";

/// The archive decides it, and its own tests bring it about; the router hands the answer on.
const RECOVERS: &str = "said while the archive recovers, which it does not in the router's tests";

struct Document {
    name: &'static str,
    value: Value,
    /// `operation status code`, `-` for no code.
    seen: BTreeSet<String>,
}

fn load(name: &'static str) -> Document {
    let read = |path: &std::path::Path, advice: &str| {
        std::fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("{}: {error}: {advice}", path.display()))
    };
    let path = testkit::openapi::committed(name);
    let value = serde_json::from_str(&read(&path, "bless it")).unwrap();
    let path = testkit::openapi::seen_file(name);
    let seen = read(&path, "run the integration tests first");
    Document { name, value, seen: seen.lines().map(str::to_owned).collect() }
}

impl Document {
    /// Operation and responses.
    fn operations(&self) -> impl Iterator<Item = (&str, &Value)> {
        let paths = self.value["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
        operations.map(|(_, operation)| {
            (operation["operationId"].as_str().unwrap(), &operation["responses"])
        })
    }

    /// What the document says can be answered: operation, status, code (`-` for none).
    fn documented(&self) -> BTreeSet<String> {
        let mut documented = BTreeSet::new();
        for (operation, responses) in self.operations() {
            for (status, response) in responses.as_object().into_iter().flatten() {
                let codes = response["x-codes"].as_array();
                let codes: Vec<_> = codes.into_iter().flatten().filter_map(Value::as_str).collect();
                let codes = if codes.is_empty() { vec!["-"] } else { codes };
                documented.extend(codes.iter().map(|code| format!("{operation} {status} {code}")));
            }
        }
        documented
    }

    /// What is neither seen nor excused, and excuses without need.
    fn findings(&self) -> Vec<String> {
        let mut unseen: BTreeMap<(String, String), String> = BTreeMap::new();
        for line in self.documented().difference(&self.seen) {
            let mut words = line.split(' ');
            let (operation, code) = (words.next().unwrap(), words.nth(1).unwrap());
            unseen.insert((operation.to_owned(), code.to_owned()), format!("{line}: never seen"));
        }
        let mut findings = Vec::new();
        for (_, operation, code, _) in UNSEEN.iter().filter(|(of, ..)| *of == self.name) {
            let before = unseen.len();
            unseen
                .retain(|(unseen, of), _| of != code || (*operation != "*" && unseen != operation));
            if before == unseen.len() {
                findings.push(format!("{operation} {code}: seen, remove its excuse"));
            }
            let end = format!(" {code}");
            if *operation == "*" && !self.seen.iter().any(|line| line.ends_with(&end)) {
                findings.push(format!("{code}: seen at no operation at all"));
            }
        }
        let faults = self.seen.iter().filter(|line| line.starts_with(testkit::openapi::FAULT));
        findings.extend(faults.cloned());
        findings.extend(unseen.into_values());
        findings
    }
}

#[test]
fn every_operation_was_seen_with_every_answer() {
    let mut findings = Vec::new();
    for document in ["block", "router", "gateway", "archive"].map(load) {
        let name = document.name;
        findings.extend(document.findings().into_iter().map(|found| format!("{name}: {found}")));
    }
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}
