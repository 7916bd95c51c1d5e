//! Examples of bodies, right in shape, and schemas of parameters that have no type of their own.

use serde_json::{Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// What an id in a path means.
pub(super) const ID: &str = "Which one.";

/// A client's key.
pub(super) struct Key;

impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        text("^[!-~]{16,128}$", "6f1c9a52-0f0b-4c77-9d6c-3f8f0c0f2a11")
    }
}

/// An amount that a calculator takes.
pub(super) struct Amount;

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        text("^([0-9]{1,8}(\\.[0-9]{1,2})?|100000000(\\.00?)?)$", "250000.00")
    }
}

fn text(pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).examples([example]).into()
}

/// Terms, and as a transfer between own accounts needs nothing else, a draft.
pub(super) fn terms() -> Value {
    json!({
        "kind": "own_transfer",
        "from_account": "40817810000000000001",
        "to_account": "40817810000000000002",
        "amount": { "amount": "100.00", "currency": "RUB" },
    })
}

pub(super) fn intent() -> Value {
    json!({ "terms": terms(), "valid_until": "2026-01-31T12:00:00Z" })
}

pub(super) fn application() -> Value {
    json!({
        "product_id": "loan-cash",
        "name": "Anna Petrova",
        "phone": "+79000000001",
        "amount": { "amount": "250000.00", "currency": "RUB" },
        "comment": "In the evening, please.",
    })
}

pub(super) fn customer() -> Value {
    json!({
        "revision": 1,
        "login": "anna.petrova1",
        "phone": "+79000000001",
        "name": "Anna Petrova",
        "password": "correct horse battery staple",
    })
}

pub(super) fn placement() -> Value {
    json!({
        "home": "client-1", "slice": 12, "generation": 1, "owner": "client-1",
        "owner_incarnation": null, "owner_since": 1, "state": "active", "target": null,
        "target_generation": null, "sessions_from_generation": 0, "revision": 1,
        "reason": "first start", "decided_by": "launcher",
    })
}
