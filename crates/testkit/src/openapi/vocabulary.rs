//! What the documents say of the vocabulary of `common` is what its types read and write.

use common::operation::{IntentHash, Terms};
use common::{
    AccountNumber, BlockName, CustomerId, Generation, Incarnation, Money, OperationId, Phone, Rate,
    Revision, SliceId, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::schema::Checker;

/// Samples that type and schema both take, and samples that both refuse.
fn agree<T: ToSchema + DeserializeOwned + Serialize>(good: &[Value], bad: &[Value]) {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    let schemas: serde_json::Map<String, Value> =
        schemas.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
    let document = json!({ "components": { "schemas": schemas } });
    let schema = &document["components"]["schemas"][T::name().as_ref()];
    let faults =
        |value: &Value| Checker { document: &document, closed: true }.faults(schema, value);
    let name = T::name();
    for value in good {
        let read: T = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(faults(value), Vec::<String>::new(), "{name} {value}");
        let written = serde_json::to_value(read).unwrap();
        assert_eq!(faults(&written), Vec::<String>::new(), "{name} writes {written}");
    }
    for value in bad {
        assert!(serde_json::from_value::<T>(value.clone()).is_err(), "{name} reads {value}");
        assert!(!faults(value).is_empty(), "{name} {value} fits its schema");
    }
    for example in schema["examples"].as_array().into_iter().flatten() {
        serde_json::from_value::<T>(example.clone()).unwrap();
    }
}

#[test]
fn texts() {
    let account = "40817810000000000001";
    agree::<AccountNumber>(
        &[json!(account)],
        &[json!("4081781000000000000"), json!("x"), json!(1)],
    );
    let phones = [json!("+79001234567"), json!("+7 (900) 123-45-67")];
    agree::<Phone>(&phones, &[json!("79001234567"), json!("+7900"), json!("+7900abc4567")]);
    agree::<BlockName>(&[json!("client-1")], &[json!(""), json!("Client"), json!("x".repeat(17))]);
    let none = ["0f", "0f ", ""].map(Value::from).into_iter();
    let none = none.chain(["zz", "0F", "+f"].map(|pair| json!(pair.repeat(32))));
    agree::<IntentHash>(&[json!("0f".repeat(32))], &none.collect::<Vec<_>>());
    let id = "6813ac70-bfc7-8d58-811e-be926b17a433";
    agree::<OperationId>(&[json!(id)], &[json!("6813ac70"), json!(7)]);
    let life = "00000001-6813ac70bfc78d58-811ebe926b17a433";
    agree::<Incarnation>(&[json!(life)], &[json!("1-2-3"), json!(&life[1..]), json!(1)]);
    let times = [json!("2026-01-31T12:00:00Z"), json!("2026-01-31T12:00:00.5+03:00")];
    agree::<Timestamp>(&times, &[json!("2026-01-31"), json!("soon"), json!(0)]);
}

#[test]
fn numbers() {
    let rates = ["92.5", "0.010837", "0.000001", "0.1", "0.120000", "999999.999999", "1"];
    let none = ["0", "0.0", "0.000000", "-1", "1.1234567", "1e2", ".5", "10000000"];
    agree::<Rate>(&rates.map(Value::from), &none.map(Value::from));
    let rub = |amount: &str| json!({ "amount": amount, "currency": "RUB" });
    let amounts = ["0", "-1.5", "1234.50", "9999999999999.99"].map(rub);
    let none = ["", "1.234", "1,50", "+1", "99999999999999", " 1"].map(rub);
    agree::<Money>(&amounts, &none);
    agree::<Money>(&[], &[json!({ "amount": "1", "currency": "GBP" }), json!({ "amount": "1" })]);
    agree::<SliceId>(&[json!(0), json!(63)], &[json!(64), json!(-1)]);
    agree::<CustomerId>(&[json!(1), json!(i64::MAX)], &[json!(0), json!(-1), json!("1"), above()]);
    agree::<Generation>(&[json!(0), json!(i64::MAX)], &[json!(-1), json!(1.5), above()]);
    agree::<Revision>(&[json!(0), json!(i64::MAX)], &[json!(-1), above()]);
}

/// One more than the database can keep.
fn above() -> Value {
    json!(i64::MAX.unsigned_abs() + 1)
}

#[test]
fn terms() {
    let transfer = json!({
        "kind": "own_transfer", "from_account": "40817810000000000001",
        "to_account": "40817810000000000002", "amount": { "amount": "1", "currency": "RUB" },
    });
    let mut unknown = transfer.clone();
    unknown["more"] = json!(true);
    let mut other = transfer.clone();
    other["kind"] = json!("cash_code");
    agree::<Terms>(
        &[transfer, json!({ "kind": "card_freeze", "card_id": "c-1" })],
        &[unknown, other, json!({ "kind": "card_freeze" }), json!({ "card_id": "c-1" })],
    );
}
