//! Objects, and nothing that could be taken for one. What a derive makes reads a struct from a list
//! too, field after field; no document says so, and a client that got the order wrong would be
//! understood wrongly.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads a value from an object only: for serde's `deserialize_with`.
pub fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Object::deserialize(from).map(|Object(value)| value)
}

/// Reads a list of objects.
pub fn objects<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list: Vec<Object<T>> = Vec::deserialize(from)?;
    Ok(list.into_iter().map(|Object(value)| value).collect())
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use crate::Money;
    use crate::operation::Intent;
    use crate::wire::router::{Placements, RouteQuery};

    fn is_read<T: DeserializeOwned>(value: &serde_json::Value) -> bool {
        let read = serde_json::from_str::<T>(&value.to_string()).is_ok();
        assert_eq!(read, serde_json::from_value::<T>(value.clone()).is_ok(), "{value}");
        read
    }

    #[test]
    fn lists_are_no_objects() {
        let rub = json!({ "amount": "1", "currency": "RUB" });
        assert!(is_read::<Money>(&rub));
        assert!(!is_read::<Money>(&json!(["1", "RUB"])));
        assert!(is_read::<RouteQuery>(&json!({ "guest": {} })));
        assert!(!is_read::<RouteQuery>(&json!({ "guest": [] })));
        assert!(is_read::<Placements>(&json!({ "rows": [] })));
        assert!(!is_read::<Placements>(&json!({ "rows": [[]] })));
        let intent = |terms| json!({ "terms": terms, "valid_until": "2026-01-31T12:00:00Z" });
        assert!(is_read::<Intent>(&intent(json!({ "kind": "card_freeze", "card_id": "c" }))));
        assert!(!is_read::<Intent>(&intent(json!(["card_freeze", "c"]))));
    }
}
