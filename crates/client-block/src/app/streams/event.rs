//! A line of the outbox as it travels.

use common::wire::archive::{EntityWritten, Event, EventBody};
use common::{BlockName, Generation};
use platform::Failure;
use serde::Deserialize;

use crate::store::outbox::{HAND_OVER, HEARTBEAT, Line, SEAL, UNSEAL};

/// What a line about a hand-over says.
#[derive(Deserialize)]
struct HandOver {
    to: BlockName,
    generation: Generation,
}

/// The text of a line's event. It is fixed with its batch: the stream's hash is over its bytes.
pub(super) fn text(line: Line) -> Result<String, Failure> {
    let broken = |what: &str| Failure::Broken(format!("a line of the outbox: {what}"));
    let body = match line.kind.as_str() {
        SEAL => EventBody::Seal,
        UNSEAL => EventBody::Unseal,
        HEARTBEAT => EventBody::Heartbeat,
        HAND_OVER => {
            let HandOver { to, generation } =
                serde_json::from_value(line.payload).map_err(|_| broken("a hand-over to whom"))?;
            EventBody::HandOver { customer_id: line.customer, to, generation }
        }
        _ => EventBody::Entity(EntityWritten {
            customer_id: line.customer,
            kind: line.kind,
            entity_id: line.entity_id,
            order_key: hex::encode(line.order_key),
            final_: line.final_,
            open: line.open,
            marks: line.marks,
            payload: line.payload,
        }),
    };
    let event = Event {
        home: line.home,
        slice: line.slice,
        generation: line.generation,
        written_at: line.written_at.into(),
        body,
    };
    serde_json::to_string(&event).map_err(|_| broken("no JSON"))
}
