//! Events as they come: read, or as much of them as can be read.

use common::archive::late::HandedOver;
use common::wire::archive::{EntityWritten, Event, EventBody};
use common::{BlockName, CustomerId, Generation, SliceId};
use serde_json::Value;

/// An event.
#[derive(Clone, Debug)]
pub struct Arrived<'a> {
    /// As it came.
    pub text: &'a str,
    /// Of which slice.
    pub place: Option<(BlockName, SliceId)>,
    /// Under which generation it was written.
    pub generation: Option<Generation>,
    /// Of whom, if of somebody.
    pub customer: Option<CustomerId>,
    /// What it tells.
    pub tells: Tells,
}

/// What an event tells.
#[derive(Clone, Debug)]
pub enum Tells {
    /// An entity as it is now.
    Entity(Box<Change>),
    /// The customer was handed over.
    HandOver(HandedOver),
    /// The slice is sealed.
    Seal,
    /// The seal is taken back.
    Unseal,
    /// The block's worker is alive.
    Heartbeat,
    /// Something that this archive cannot read.
    Raw,
}

/// A change of an entity.
#[derive(Clone, Debug)]
pub struct Change {
    /// As it came, without its payload.
    pub entity: EntityWritten,
    /// The key that it is ordered by.
    pub order_key: Vec<u8>,
    /// The payload as it is stored.
    pub payload: String,
    /// How an operation ended, as its writer says.
    pub ending: Option<String>,
}

/// Reads an event. What contradicts itself cannot be read either.
pub fn arrived(text: &str) -> Arrived<'_> {
    serde_json::from_str::<Event>(text)
        .ok()
        .and_then(|event| understood(text, event))
        .unwrap_or_else(|| raw(text))
}

fn understood(text: &str, event: Event) -> Option<Arrived<'_>> {
    let (customer, tells) = match event.body {
        EventBody::Entity(entity) => (Some(entity.customer_id), Tells::Entity(change(entity)?)),
        EventBody::HandOver { customer_id, to, generation } => {
            (Some(customer_id), Tells::HandOver(HandedOver { to, generation }))
        }
        EventBody::Seal => (None, Tells::Seal),
        EventBody::Unseal => (None, Tells::Unseal),
        EventBody::Heartbeat => (None, Tells::Heartbeat),
    };
    if customer.is_some_and(|customer| SliceId::of(customer) != event.slice) {
        return None;
    }
    let place = Some((event.home, event.slice));
    Some(Arrived { text, place, generation: Some(event.generation), customer, tells })
}

/// Nothing of a change, if its key is none, or a text has a character that cannot be stored.
pub fn change(mut entity: EntityWritten) -> Option<Box<Change>> {
    let order_key = hex::decode(&entity.order_key).ok().filter(|key| !key.is_empty())?;
    let payload = entity.payload.to_string();
    if [&entity.kind, &entity.entity_id, &payload].iter().any(|text| text.contains('\0')) {
        return None;
    }
    let ends = entity.final_ && entity.kind == "operation";
    let ending = entity.payload.get("state").and_then(Value::as_str).filter(|_| ends);
    let ending = ending.map(str::to_owned);
    entity.payload = Value::Null;
    Some(Box::new(Change { entity, order_key, payload, ending }))
}

/// As much as can be read of an event that is not understood: enough to judge it, mostly.
fn raw(text: &str) -> Arrived<'_> {
    let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let home = value["home"].as_str().and_then(|home| home.parse().ok());
    let slice = value["slice"].as_u64().and_then(|n| SliceId::try_from(u8::try_from(n).ok()?).ok());
    let generation = value["generation"].as_u64().and_then(|n| Generation::try_from(n).ok());
    let customer = value["body"]["customer_id"].as_u64();
    let customer = customer.and_then(|n| CustomerId::try_from(n).ok());
    Arrived { text, place: home.zip(slice), generation, customer, tells: Tells::Raw }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"home":"client-1","slice":12,"generation":3,
        "written_at":"2026-01-31T12:00:00Z","body":{"event":"entity","customer_id":1,
        "kind":"operation","entity_id":"a","order_key":"03ff","final":true,"open":false,
        "payload":{"state":"executed"}}}"#;

    #[test]
    fn what_is_understood_is_taken_apart() {
        let arrived = arrived(GOOD);
        let Tells::Entity(change) = &arrived.tells else { panic!("{arrived:?}") };
        assert_eq!(change.order_key, [3, 255]);
        assert_eq!(change.payload, r#"{"state":"executed"}"#);
        assert_eq!(change.ending.as_deref(), Some("executed"));
        assert_eq!(arrived.customer, Some(CustomerId(1)));
    }

    #[test]
    fn what_is_not_is_read_as_far_as_it_goes() {
        let all = (true, Some(Generation(3)), Some(CustomerId(1)));
        let cases = [
            (GOOD.replace("\"entity\",", "\"dream\","), all),
            (GOOD.replace("03ff", "03f"), all),
            (GOOD.replace("03ff", ""), all),
            (GOOD.replace("\"slice\":12", "\"slice\":13"), all),
            (GOOD.replace("\"entity_id\":\"a\"", "\"entity_id\":\"\\u0000\""), all),
            (GOOD.replace("\"customer_id\":1", "\"customer_id\":0"), (true, all.1, None)),
            (GOOD.replace("\"slice\":12", "\"slice\":64"), (false, all.1, all.2)),
            ("{".to_owned(), (false, None, None)),
            ("\"x\"".to_owned(), (false, None, None)),
        ];
        for (text, expected) in cases {
            let arrived = arrived(&text);
            assert!(matches!(arrived.tells, Tells::Raw), "{text}");
            let found = (arrived.place.is_some(), arrived.generation, arrived.customer);
            assert_eq!(found, expected, "{text}");
        }
    }
}
