//! API documents held against the code: the committed file, and the routes that are opened.

mod routes;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

pub use routes::routes;

/// Compares a document with `openapi/<name>.json`; with `BLESS=1` it is written anew.
pub fn compare_document(name: &str, document: &str) {
    let read = read(document);
    let dangling = dangling(&read, &read);
    assert!(dangling.is_empty(), "references to nothing: {dangling:?}");
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
/// files: none without the other. Health is opened by `platform` and is not looked at.
pub fn compare_routes(document: &str, files: &[&str]) {
    let document = read(document);
    let opened: BTreeSet<String> = files.iter().flat_map(|text| routes(text)).collect();
    let documented = operations(&document);
    let missing: Vec<_> = opened.difference(&documented).collect();
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

fn committed(name: &str) -> PathBuf {
    root().join("openapi").join(format!("{name}.json"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
