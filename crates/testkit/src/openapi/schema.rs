//! JSON Schema, as far as our documents use it. What it does not know it refuses, so that nothing
//! in a document goes unchecked.
//!
//! Our own, because the crate for it brings two dozen others into every build; regular expressions
//! are matched by the engine that the log filter brings anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use common::Timestamp;
use regex_automata::meta::Regex;
use serde_json::{Map, Value};

use super::resolve;

/// Keywords that restrict nothing.
const NOTES: [&str; 6] = ["description", "title", "example", "examples", "default", "deprecated"];

/// Checks values against the schemas of one document.
#[derive(Clone, Copy)]
pub(super) struct Checker<'a> {
    pub(super) document: &'a Value,
    /// Fields that a schema does not name are faults, even where it would let them pass: for what
    /// we write ourselves.
    pub(super) closed: bool,
}

/// What a schema says of the fields of an object.
#[derive(Default)]
struct Fields {
    named: BTreeSet<String>,
    /// It names fields at all.
    shaped: bool,
    /// It says of others what they are.
    open: bool,
}

impl Fields {
    fn join(&mut self, other: Self) {
        self.named.extend(other.named);
        self.shaped |= other.shaped;
        self.open |= other.open;
    }
}

impl Checker<'_> {
    /// What is wrong with a value, each fault with its place.
    pub(super) fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.place(schema, value, "", &mut faults);
        faults
    }

    /// A value at a place of its own: only here is known which fields all schemas together name.
    fn place(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let fields = self.visit(schema, value, at, faults);
        if !self.closed || !fields.shaped || fields.open {
            return;
        }
        let given = value.as_object().into_iter().flat_map(Map::keys);
        let unknown = given.filter(|name| !fields.named.contains(*name));
        faults.extend(unknown.map(|name| format!("{at}/{name} is not in the document")));
    }

    fn visit(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) -> Fields {
        let mut fields = Fields::default();
        let Some(keywords) = schema.as_object() else {
            faults.push(format!("{at}: a schema that is no object: {schema}"));
            return fields;
        };
        for (keyword, says) in keywords {
            match keyword.as_str() {
                "$ref" => fields.join(self.referred(says, value, at, faults)),
                "allOf" => {
                    for part in items(says) {
                        fields.join(self.visit(part, value, at, faults));
                    }
                }
                "oneOf" => fields.join(self.one_of(says, value, at, faults)),
                "properties" => self.properties(says, value, at, &mut fields, faults),
                "required" => {
                    let missing = items(says).iter().filter(|name| {
                        let name = name.as_str().unwrap_or_default();
                        value.is_object() && value.get(name).is_none()
                    });
                    faults.extend(missing.map(|name| format!("{at}/{name} is missing")));
                }
                "additionalProperties" => self.others(schema, value, at, &mut fields, faults),
                // The names of a map's entries, each held against a schema of its own.
                "propertyNames" => {
                    for name in value.as_object().into_iter().flat_map(serde_json::Map::keys) {
                        self.place(says, &Value::String(name.clone()), at, faults);
                    }
                }
                "items" => {
                    let before = items(&schema["prefixItems"]).len();
                    for (n, item) in items(value).iter().enumerate().skip(before) {
                        self.place(says, item, &format!("{at}/{n}"), faults);
                    }
                }
                "prefixItems" => {
                    for (n, (schema, item)) in items(says).iter().zip(items(value)).enumerate() {
                        self.place(schema, item, &format!("{at}/{n}"), faults);
                    }
                }
                other if NOTES.contains(&other) => {}
                other => {
                    let fault = limit(other, says, value);
                    faults.extend(fault.map(|fault| format!("{at}: {value} {fault}")));
                }
            }
        }
        fields
    }

    fn referred(&self, to: &Value, value: &Value, at: &str, faults: &mut Vec<String>) -> Fields {
        if let Some(schema) = to.as_str().and_then(|to| resolve(self.document, to)) {
            return self.visit(schema, value, at, faults);
        }
        faults.push(format!("{at}: a reference to nothing: {to}"));
        Fields::default()
    }

    /// Exactly one case must fit; if none does, the faults of the nearest are told.
    fn one_of(&self, cases: &Value, value: &Value, at: &str, faults: &mut Vec<String>) -> Fields {
        let mut nearest: Option<Vec<String>> = None;
        let mut fitting = Vec::new();
        for case in items(cases) {
            let mut found = Vec::new();
            let fields = self.visit(case, value, at, &mut found);
            if found.is_empty() {
                fitting.push(fields);
            } else if nearest.as_ref().is_none_or(|nearest| found.len() < nearest.len()) {
                nearest = Some(found);
            }
        }
        if fitting.len() > 1 {
            faults.push(format!("{at}: {value} fits several cases"));
        }
        let fits = fitting.pop();
        if fits.is_none() {
            faults.extend(nearest.unwrap_or_default());
        }
        fits.unwrap_or_default()
    }

    fn properties(
        &self,
        says: &Value,
        value: &Value,
        at: &str,
        fields: &mut Fields,
        faults: &mut Vec<String>,
    ) {
        fields.shaped = true;
        for (name, schema) in says.as_object().into_iter().flatten() {
            fields.named.insert(name.clone());
            if let Some(value) = value.get(name) {
                self.place(schema, value, &format!("{at}/{name}"), faults);
            }
        }
    }

    /// Fields beside the named ones of this schema.
    fn others(
        &self,
        schema: &Value,
        value: &Value,
        at: &str,
        fields: &mut Fields,
        faults: &mut Vec<String>,
    ) {
        let says = &schema["additionalProperties"];
        fields.open |= *says != Value::Bool(false);
        for (name, value) in value.as_object().into_iter().flatten() {
            if schema["properties"].get(name).is_some() {
                continue;
            }
            match says {
                Value::Bool(true) => {}
                Value::Bool(false) => faults.push(format!("{at}/{name} is not allowed")),
                schema => self.place(schema, value, &format!("{at}/{name}"), faults),
            }
        }
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// What a keyword that says something of the value alone finds wrong with it.
fn limit(keyword: &str, says: &Value, value: &Value) -> Option<String> {
    let fits = match keyword {
        "type" => items(says).iter().any(|one| is(one, value)) || is(says, value),
        "enum" => items(says).contains(value),
        "minimum" => compare(value, says, |value, least| value >= least),
        "maximum" => compare(value, says, |value, most| value <= most),
        "minLength" => length(value).is_none_or(|length| says.as_u64() <= Some(length)),
        "maxLength" => length(value).is_none_or(|length| says.as_u64() >= Some(length)),
        "maxItems" => items(value).len() as u64 <= says.as_u64().unwrap_or(u64::MAX),
        "pattern" => value.as_str().is_none_or(|text| matches(says, text)),
        "format" => value.as_str().is_none_or(|text| is_format(says, text)),
        unknown => return Some(format!("is under a keyword that is not checked: {unknown}")),
    };
    (!fits).then(|| format!("does not fit {keyword} {says}"))
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => false,
    }
}

fn compare(value: &Value, bound: &Value, holds: fn(i128, i128) -> bool) -> bool {
    let number =
        |value: &Value| value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    number(value).zip(number(bound)).is_none_or(|(value, bound)| holds(value, bound))
}

fn length(value: &Value) -> Option<u64> {
    u64::try_from(value.as_str()?.chars().count()).ok()
}

fn matches(pattern: &Value, text: &str) -> bool {
    static KNOWN: Mutex<BTreeMap<String, Regex>> = Mutex::new(BTreeMap::new());
    let pattern = pattern.as_str().unwrap_or_default();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = known.entry(pattern.to_owned()).or_insert_with(|| {
        Regex::new(pattern).unwrap_or_else(|error| panic!("the pattern {pattern:?}: {error}"))
    });
    compiled.is_match(text)
}

fn is_format(format: &Value, text: &str) -> bool {
    match format.as_str() {
        Some("date-time") => serde_json::from_value::<Timestamp>(text.into()).is_ok(),
        Some("uuid") => {
            let dashes = [8, 13, 18, 23];
            let fits = |(at, b): (usize, u8)| {
                if dashes.contains(&at) { b == b'-' } else { b.is_ascii_hexdigit() }
            };
            text.len() == 36 && text.bytes().enumerate().all(fits)
        }
        Some("password" | "int32" | "int64") => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: &Value, value: &Value, closed: bool) -> usize {
        let document = json!({ "components": { "schemas": {
            "Id": { "type": "integer", "minimum": 1 },
            "Base": { "type": "object", "required": ["id"], "properties": {
                "id": { "$ref": "#/components/schemas/Id" } } },
        } } });
        Checker { document: &document, closed }.faults(schema, value).len()
    }

    #[test]
    fn limits_are_kept() {
        let cases = [
            (json!({ "type": "string", "pattern": "^[0-9]{2}$" }), json!("12"), json!("123")),
            (json!({ "type": "integer", "maximum": 3 }), json!(3), json!(4)),
            (json!({ "type": ["string", "null"] }), json!(null), json!(1)),
            (json!({ "type": "string", "maxLength": 1 }), json!("я"), json!("ab")),
            (json!({ "type": "array", "maxItems": 1 }), json!([1]), json!([1, 2])),
            (json!({ "prefixItems": [{ "type": "string" }] }), json!(["a", 2]), json!([1, 2])),
            (json!({ "prefixItems": [{}], "items": false }), json!([1]), json!([1, 2])),
            (json!({ "enum": ["a", "b"] }), json!("a"), json!("c")),
            (json!({ "format": "date-time" }), json!("2026-01-31T12:00:00Z"), json!("soon")),
            (json!({ "type": "array", "items": { "type": "boolean" } }), json!([true]), json!([1])),
            (json!({ "additionalProperties": false }), json!({}), json!({ "a": 1 })),
            (json!({ "$ref": "#/components/schemas/Id" }), json!(1), json!(0)),
        ];
        for (schema, good, bad) in cases {
            assert_eq!(faults(&schema, &good, false), 0, "{schema} {good}");
            assert_eq!(faults(&schema, &bad, false), 1, "{schema} {bad}");
        }
        assert_eq!(faults(&json!({ "surprise": 1 }), &json!(1), false), 1, "an unknown keyword");
    }

    #[test]
    fn one_case_fits_exactly() {
        let schema = json!({ "oneOf": [
            { "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } },
            { "type": "null" },
        ] });
        assert_eq!(faults(&schema, &json!({ "a": 1 }), false), 0);
        assert_eq!(faults(&schema, &json!(null), false), 0);
        assert_eq!(faults(&schema, &json!({}), false), 1);
        let twice = json!({ "oneOf": [{ "type": "integer" }, { "minimum": 0 }] });
        assert_eq!(faults(&twice, &json!(1), false), 1);
    }

    #[test]
    fn what_we_write_has_no_other_fields() {
        let schema = json!({ "allOf": [
            { "$ref": "#/components/schemas/Base" },
            { "type": "object", "properties": { "name": { "type": "string" } } },
        ] });
        let value = json!({ "id": 1, "name": "x", "more": true });
        assert_eq!(faults(&schema, &value, true), 1);
        assert_eq!(faults(&schema, &value, false), 0);
        assert_eq!(faults(&schema, &json!({ "id": 1, "name": "x" }), true), 0);
        let open = json!({ "properties": {}, "additionalProperties": { "type": "boolean" } });
        assert_eq!(faults(&open, &json!({ "more": true }), true), 0);
    }
}
