//! The recorder: every exchange of an integration test is held against its document, and what it
//! showed is written down, for the test of coverage (`cargo test -p testkit --test seen`).
//!
//! Tests run in parallel in one process, and nothing in it knows which is the last. So each process
//! begins the file of its document anew and appends to it, and what was never seen is decided by
//! another program, after all tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::exchange::{Exchange, check};
use super::{committed, read, root};

/// What this process has seen of one document.
struct Record {
    document: Value,
    seen: BTreeSet<String>,
    file: File,
}

static RECORDS: Mutex<BTreeMap<String, Record>> = Mutex::new(BTreeMap::new());

/// Checks an exchange against `openapi/<name>.json` and writes down what it showed. Panics with all
/// that is wrong.
pub fn record(name: &str, exchange: &Exchange<'_>) {
    let mut records = RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
    let record = records.entry(name.to_owned()).or_insert_with(|| begin(name));
    let checked = check(&record.document, exchange);
    let (method, target) = (exchange.method, exchange.target);
    let line = match &checked {
        Ok(None) => None,
        Ok(Some(seen)) => {
            let code = seen.code.as_deref().unwrap_or("-");
            Some(format!("{} {} {code}", seen.operation, seen.status))
        }
        // A panic in a task may go unnoticed: the test of coverage finds this line.
        Err(_) => Some(format!("{FAULT} {method} {target}")),
    };
    let written = line.filter(|line| record.seen.insert(line.clone()));
    let written = written.map_or(Ok(()), |line| writeln!(record.file, "{line}"));
    drop(records);
    if let Err(faults) = checked {
        let (body, answer) = (text(exchange.body), text(exchange.answer));
        let status = exchange.status;
        panic!(
            "{method} {target} against openapi/{name}.json:\n{faults}\n{body}\n{status} {answer}"
        );
    }
    written.unwrap_or_else(|error| panic!("{}: {error}", seen_file(name).display()));
}

/// Begins the line of an exchange that did not fit.
pub const FAULT: &str = "fault:";

/// Where a process writes what it has seen of a document.
pub fn seen_file(name: &str) -> PathBuf {
    root().join("target/openapi-seen").join(format!("{name}.txt"))
}

fn begin(name: &str) -> Record {
    let path = committed(name);
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = seen_file(name);
    let opened = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let file = opened.and_then(|()| File::create(&path));
    let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Record { document: read(&text), seen: BTreeSet::new(), file }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
