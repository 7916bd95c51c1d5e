//! API documents held against the code: the committed file, the routes that are opened, and every
//! request and answer of the integration tests.

mod exchange;
mod record;
mod routes;
mod samples;
mod schema;
#[cfg(test)]
mod vocabulary;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

pub use exchange::Exchange;
pub use record::{FAULT, record, seen_file};
pub use routes::routes;
pub use samples::{Sample, samples};

/// Compares a document with `openapi/<name>.json`; with `BLESS=1` it is written anew.
pub fn compare_document(name: &str, document: &str) {
    let read = read(document);
    let dangling = dangling(&read, &read);
    assert!(dangling.is_empty(), "references to nothing: {dangling:?}");
    let examples = examples(&read);
    assert!(examples.is_empty(), "examples that do not fit:\n{}", examples.join("\n"));
    let (path, document) = (committed(name), format!("{document}\n"));
    if std::env::var_os("BLESS").is_some() {
        let written = std::fs::write(&path, document);
        return written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let same = found.lines().zip(document.lines()).take_while(|(a, b)| a == b).count();
    let line = same + 1;
    assert!(
        found == document,
        "openapi/{name}.json:{line} differs from the code: run this test with BLESS=1"
    );
}

/// Compares the operations of a document with the routes that are opened in the text of routes
/// files: none without the other. Health is opened by `platform` and is not looked at; `pages` are
/// routes to files for people.
pub fn compare_routes(document: &str, files: &[&str], pages: &[&str]) {
    let document = read(document);
    let opened: BTreeSet<String> = files.iter().flat_map(|text| routes(text)).collect();
    let documented = operations(&document);
    let missing = opened.difference(&documented).filter(|route| !pages.contains(&route.as_str()));
    let missing: Vec<_> = missing.collect();
    let unknown: Vec<_> = documented.difference(&opened).collect();
    assert!(missing.is_empty(), "routes without an operation in the document: {missing:?}");
    assert!(unknown.is_empty(), "operations without a route: {unknown:?}");
}

/// References within a part of a document that lead nowhere.
fn dangling(document: &Value, part: &Value) -> BTreeSet<String> {
    let within = |parts: &mut dyn Iterator<Item = &Value>| {
        parts.flat_map(|part| dangling(document, part)).collect::<BTreeSet<_>>()
    };
    let mut found = match part {
        Value::Object(fields) => within(&mut fields.values()),
        Value::Array(items) => within(&mut items.iter()),
        _ => BTreeSet::new(),
    };
    let reference = part.get("$ref").and_then(Value::as_str);
    found.extend(reference.filter(|to| resolve(document, to).is_none()).map(str::to_owned));
    found
}

/// What is wrong with the examples of bodies.
fn examples(document: &Value) -> Vec<String> {
    let checker = schema::Checker { document, closed: true };
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let bodies = operations.filter_map(|(_, operation)| {
        let body = operation.get("requestBody")?;
        Some((&operation["operationId"], &body["content"]["application/json"]))
    });
    let faults = bodies.flat_map(|(id, content)| {
        let faults = checker.faults(&content["schema"], &content["example"]);
        faults.into_iter().map(move |fault| format!("{id}: {fault}"))
    });
    faults.collect()
}

/// What `#/components/…` refers to.
fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

/// `GET /v1/bootstrap` …
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method, operation))
    });
    operations
        .filter(|(.., operation)| operation["tags"][0] != "health")
        .map(|(path, method, _)| format!("{} {path}", method.to_uppercase()))
        .collect()
}

fn read(document: &str) -> Value {
    serde_json::from_str(document).unwrap_or_else(|error| panic!("not JSON: {error}"))
}

/// Where a document is committed.
pub fn committed(name: &str) -> PathBuf {
    root().join("openapi").join(format!("{name}.json"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
