//! A request for every operation of a document, made from its examples: for tests that do the same
//! to all of them, such as cutting the database off.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{committed, read, resolve};

/// A request that an operation understands; whether it can be fulfilled is another matter.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The operation's id.
    pub operation: String,
    /// The group to which it belongs.
    pub tag: String,
    /// `GET` …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers that it needs.
    pub headers: Vec<(String, String)>,
    /// Its body, if it reads one.
    pub body: Option<String>,
    /// The codes with which it can refuse.
    pub codes: BTreeSet<String>,
}

/// A sample for every operation of `openapi/<name>.json`.
pub fn samples(name: &str) -> Vec<Sample> {
    let path = committed(name);
    let text = std::fs::read_to_string(&path);
    let document = read(&text.unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            found.push(sample(&document, path, method, operation));
        }
    }
    found
}

fn sample(document: &Value, path: &str, method: &str, operation: &Value) -> Sample {
    let (mut target, mut query, mut headers) = (path.to_owned(), Vec::new(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        if parameter["required"] != true {
            continue;
        }
        let value = value(document, &parameter["schema"]);
        match parameter["in"].as_str() {
            Some("path") => target = target.replace(&format!("{{{name}}}"), &value),
            Some("query") => query.push(format!("{name}={value}")),
            _ => headers.push((name.to_owned(), value)),
        }
    }
    if !query.is_empty() {
        target = format!("{target}?{}", query.join("&"));
    }
    let responses = operation["responses"].as_object().into_iter().flatten();
    let codes = responses.filter_map(|(_, response)| response["x-codes"].as_array()).flatten();
    let body = operation.pointer("/requestBody/content/application~1json/example");
    Sample {
        operation: operation["operationId"].as_str().unwrap_or_default().to_owned(),
        tag: operation["tags"][0].as_str().unwrap_or_default().to_owned(),
        method: method.to_uppercase(),
        target,
        headers,
        body: body.map(Value::to_string),
        codes: codes.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

/// A value that fits a parameter's schema.
fn value(document: &Value, schema: &Value) -> String {
    if let Some(schema) = schema["$ref"].as_str().and_then(|to| resolve(document, to)) {
        return value(document, schema);
    }
    let first = [&schema["examples"][0], &schema["enum"][0], &schema["minimum"]];
    match first.into_iter().find(|value| !value.is_null()) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None if schema["format"] == "uuid" => "00000000-0000-4000-8000-000000000000".to_owned(),
        None => "x".to_owned(),
    }
}
