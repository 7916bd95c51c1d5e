//! `docs/reference/errors.md` is written from the code, so that it cannot say anything else (A6).
//!
//! A stale document is a finding. To write it anew, run this test with `BLESS=1`.

use std::fmt::Write as _;

use axum::response::IntoResponse as _;
use common::operation::RejectReason;
use common::problem::Code;
use platform::http::Problem;

use crate::tree::{File, Finding, root};

const PATH: &str = "docs/reference/errors.md";

const HEAD: &str = "\
# Refusals and reasons

Written from the code by the tidy test; do not edit. After a change of the code:
`BLESS=1 cargo test -p testkit --test tidy`.

## Problems

Every refusal is an `application/problem+json` document (RFC 9457) with a stable `code`. What a
client does next is in the header `Bulkhead-Next` and in the field `next`; it beats the status.

| next | the client |
|---|---|
| `retry` | repeats the same request with the same key, after `Retry-After` |
| `route` | asks the router for the present block, then repeats with the same key |
| `reauthenticate` | logs in again and keeps the key |
| `ask` | asks the customer: something must be changed or entered |
| `stop` | does not repeat it |

| code | status | meaning | what to do | next |
|---|---|---|---|---|
";

const REASONS: &str = "
## Reasons of a rejected operation

A rejection is an outcome, not a problem: the operation is `rejected` and carries one of these.

| reason | what the customer is told |
|---|---|
";

pub(crate) fn check(tree: &[File]) -> Vec<Finding> {
    let expected = document();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(root().join(PATH), expected).expect("the document can be written");
        return Vec::new();
    }
    let found = tree.iter().find(|file| file.path == PATH);
    compare(found.map_or("", |file| &file.text), &expected)
}

fn compare(found: &str, expected: &str) -> Vec<Finding> {
    if found == expected {
        return Vec::new();
    }
    let same = found.lines().zip(expected.lines()).take_while(|(a, b)| a == b);
    let line = same.count() + 1;
    let advice = "differs from the code: run BLESS=1 cargo test -p testkit --test tidy";
    vec![File::sample(PATH, "").finding(line, advice)]
}

fn document() -> String {
    let mut text = HEAD.to_owned();
    for code in Code::ALL {
        let status = Problem::from(*code).into_response().status().as_u16();
        let (name, next) = (code.as_str(), code.next().as_str());
        let (title, advice) = (code.title(), code.advice());
        writeln!(text, "| `{name}` | {status} | {title} | {advice} | `{next}` |")
            .expect("a String takes everything");
    }
    text.push_str(REASONS);
    for reason in RejectReason::ALL {
        let name = serde_json::to_value(reason).expect("a unit variant is a string");
        let name = name.as_str().unwrap_or_default().to_owned();
        writeln!(text, "| `{name}` | {} |", reason.text()).expect("a String takes everything");
    }
    text
}

#[test]
fn a_stale_reference_is_found() {
    assert_eq!(compare("a\nb\n", "a\nb\n"), []);
    assert_eq!(compare("a\nb\n", "a\nc\n")[0].line, 2);
    assert_eq!(compare("", "a\n")[0].line, 1);
}

#[test]
fn every_code_and_reason_has_a_line() {
    let text = document();
    let lines = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(lines("| `") - 5, Code::ALL.len() + RejectReason::ALL.len());
    assert_eq!(lines("| `internal-error` | 500 |"), 1);
}
