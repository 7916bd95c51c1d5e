//! Every operation and every code of the API documents was seen by an integration test.
//!
//! Run by name after all tests (`make test` does): `cargo test -p testkit --test seen`. It reads
//! what the recorder in `testkit::openapi` wrote under `target/openapi-seen/`, so it judges the
//! last run of each crate's integration tests; a run of some of them only shows some.
#![cfg(test)]

use std::collections::BTreeSet;

use serde_json::Value;

/// A document, a code that no test can bring about over HTTP, and why.
const UNSEEN: &[(&str, &str, &str)] = &[(
    "router",
    "busy",
    "said when others change the same reservation between two statements, four times in a row",
)];

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

    /// Successes that no test has seen, each operation with each of its statuses.
    fn unseen_successes(&self) -> Vec<String> {
        let mut unseen = Vec::new();
        for (operation, responses) in self.operations() {
            let statuses = responses.as_object().into_iter().flatten();
            let successes = statuses.map(|(status, _)| status).filter(|s| s.as_str() < "400");
            let lines = successes.map(|status| format!("{operation} {status} -"));
            unseen.extend(lines.filter(|line| !self.seen.contains(line)));
        }
        unseen
    }

    fn codes(&self) -> BTreeSet<&str> {
        let responses = self.operations().flat_map(|(_, responses)| responses.as_object());
        let responses = responses.flatten().filter_map(|(_, said)| said["x-codes"].as_array());
        responses.flatten().filter_map(Value::as_str).collect()
    }

    fn seen_codes(&self) -> BTreeSet<&str> {
        self.seen.iter().filter_map(|line| line.split(' ').nth(2)).filter(|c| *c != "-").collect()
    }
}

#[test]
fn every_operation_and_code_was_seen() {
    let mut findings = Vec::new();
    for document in ["block", "router", "gateway"].map(load) {
        let name = document.name;
        let excused: BTreeSet<&str> =
            UNSEEN.iter().filter(|(of, ..)| *of == name).map(|(_, code, _)| *code).collect();
        let seen = document.seen_codes();
        let successes = document.unseen_successes();
        let faults = document.seen.iter().filter(|line| line.starts_with(testkit::openapi::FAULT));
        findings.extend(faults.map(|line| format!("{name}: {line}")));
        findings.extend(successes.iter().map(|line| format!("{name}: {line}: never seen")));
        let unseen = document.codes().into_iter().filter(|code| !seen.contains(code));
        let unseen = unseen.filter(|code| !excused.contains(code));
        findings.extend(unseen.map(|code| format!("{name}: {code}: never seen")));
        let stale = excused.iter().filter(|code| seen.contains(*code));
        findings.extend(stale.map(|code| format!("{name}: {code}: seen, remove its excuse")));
    }
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}
