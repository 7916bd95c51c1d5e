//! Entities: what the archive holds of a customer, and how it is made of this block's rows. Another
//! block recreates the rows from it, so a payload says everything that its row does.
//!
//! Payloads carry a version and only gain fields. What a block cannot read it leaves alone, and
//! calls no view of that customer complete (protocol §4).

use common::archive::asked::Asked;
use common::gateway::Outcome;
use common::join::operation::Marks;
use common::join::session::Epoch;
use common::operation::{IntentHash, OperationKind, OperationState};
use common::wire::archive;
use common::{Generation, Phone, Timestamp, order_key};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::import::Line;
use crate::store::customer::Customer;
use crate::store::operation::Operation;
use crate::store::outbox::Entity;
use crate::store::session::Session;
use crate::store::template::Template;

/// The version of payloads that this block writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// Profile, credentials and epoch of a customer.
pub const CUSTOMER: &str = "customer";
/// The epoch alone, raised by signing out everywhere: its key is the epoch, so that no copy loses
/// it to a newer profile.
pub const EPOCH: &str = "epoch";
/// A session, with the hash of its token.
pub const SESSION: &str = "session";
/// A device that needs no code any more.
pub const DEVICE: &str = "device";
/// An operation.
pub const OPERATION: &str = "operation";
/// A template, or its tombstone.
pub const TEMPLATE: &str = "template";

/// An epoch as it travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochPayload {
    /// Under which generation it was raised.
    pub generation: Generation,
    /// How often under that one.
    pub counter: u64,
}

impl From<Epoch> for EpochPayload {
    fn from(epoch: Epoch) -> Self {
        Self { generation: epoch.generation, counter: epoch.counter }
    }
}

impl From<EpochPayload> for Epoch {
    fn from(payload: EpochPayload) -> Self {
        Self { generation: payload.generation, counter: payload.counter }
    }
}

/// Of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPayload {
    /// The payload's version.
    pub v: u32,
    /// The directory's count of changes.
    pub revision: i64,
    /// Lower case.
    pub login: String,
    /// Where codes are sent.
    pub phone: Phone,
    /// First and last name.
    pub name: String,
    /// argon2id, in PHC format.
    pub password_hash: String,
    /// Sessions of an older one are dead.
    pub epoch: EpochPayload,
    /// Raised by every change.
    pub version: i64,
}

/// Of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPayload {
    /// The payload's version.
    pub v: u32,
    /// SHA-256 of its token, hexadecimal.
    pub token_hash: String,
    /// `web` or `mobile`.
    pub channel: String,
    /// On which device.
    pub device_id: Uuid,
    /// In the customer's words.
    pub device_name: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// The generation under which it was opened.
    pub generation: Generation,
    /// The customer's epoch when it was opened.
    pub epoch: EpochPayload,
    /// Raised by every change.
    pub version: i64,
    /// When it was last used, to a quarter of the idle limit.
    pub seen_at: Timestamp,
    /// It ends then if it is not used.
    pub idle_until: Timestamp,
    /// It ends then in any case.
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
    /// The generation under which its customer last proved himself with a code.
    #[serde(default)]
    pub proved: Generation,
}

/// Of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicePayload {
    /// The payload's version.
    pub v: u32,
    /// What is kept of its secret, hexadecimal.
    pub secret_hash: String,
    /// In the customer's words.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// Of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationPayload {
    /// The payload's version.
    pub v: u32,
    /// What sort of order.
    pub kind: OperationKind,
    /// What was confirmed, as the client sent it.
    pub intent: Value,
    /// Of its canonical form.
    pub intent_hash: IntentHash,
    /// How far it has come.
    pub state: OperationState,
    /// Under which generation that was written.
    pub generation: Generation,
    /// Raised by every change.
    pub version: i64,
    /// First execution only before this.
    pub valid_until: Timestamp,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Until when it may be confirmed.
    pub confirm_by: Timestamp,
    /// The account that pays, if one does.
    pub debit_account: Option<String>,
    /// The most it pays, in minor units of the account's currency.
    pub most_minor: Option<i64>,
    /// What it looks like, hexadecimal.
    pub looks_like: String,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The customer wants it cancelled. The marks beside the payload say so too, and count.
    pub cancel_requested: bool,
    /// Handed over a while ago without an outcome.
    pub in_doubt: bool,
    /// A person has to look at it.
    pub parked: bool,
}

/// Of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplatePayload {
    /// The payload's version.
    pub v: u32,
    /// The customer's name for it.
    pub name: String,
    /// What would be ordered.
    pub terms: Value,
    /// Raised by every change.
    pub version: i64,
    /// Only the tombstone is left.
    pub deleted: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

fn version_of(version: i64) -> u64 {
    u64::try_from(version).unwrap_or(0)
}

fn register(kind: &'static str, id: String, key: Vec<u8>, payload: Value) -> Entity {
    Entity { kind, id, order_key: key, open: false, final_: false, payload, marks: None }
}

/// A customer as he is now, written under `generation`.
pub fn customer(generation: Generation, customer: &Customer) -> Entity {
    let payload = CustomerPayload {
        v: VERSION,
        revision: customer.revision,
        login: customer.login.clone(),
        phone: customer.phone.clone(),
        name: customer.name.clone(),
        password_hash: customer.password_hash.clone(),
        epoch: customer.epoch.into(),
        version: customer.version,
    };
    let key = order_key::register(generation, version_of(customer.version));
    register(CUSTOMER, CUSTOMER.to_owned(), key, json!(payload))
}

/// The payload of a customer who is taken in with many others.
pub fn imported(line: &Line) -> Value {
    json!(CustomerPayload {
        v: VERSION,
        revision: 1,
        login: line.login.clone(),
        phone: line.phone.clone(),
        name: line.name.clone(),
        password_hash: line.password_hash.clone(),
        epoch: EpochPayload::default(),
        version: 1,
    })
}

/// His epoch alone.
pub fn epoch(epoch: Epoch) -> Entity {
    let key = order_key::register(epoch.generation, epoch.counter);
    register(EPOCH, EPOCH.to_owned(), key, json!(EpochPayload::from(epoch)))
}

/// A session as it is now. Its end is final: nothing opens it again.
pub fn session(generation: Generation, session: &Session) -> Entity {
    let payload = SessionPayload {
        v: VERSION,
        token_hash: session.token_hash.clone(),
        channel: session.channel.clone(),
        device_id: session.device_id,
        device_name: session.device_name.clone(),
        opened_at: session.opened_at,
        generation: session.generation,
        epoch: session.epoch().into(),
        version: session.version,
        seen_at: session.seen_at,
        idle_until: session.idle_until,
        expires_at: session.expires_at,
        revoked_at: session.revoked_at,
        proved: session.proved,
    };
    Entity {
        open: session.revoked_at.is_none(),
        final_: session.revoked_at.is_some(),
        ..register(
            SESSION,
            session.session_id.to_string(),
            order_key::register(generation, version_of(session.version)),
            json!(payload),
        )
    }
}

/// A device, which never changes.
pub fn device(
    generation: Generation,
    device: Uuid,
    (secret_hash, name, created_at): (&[u8; 32], &str, Timestamp),
) -> Entity {
    let payload = DevicePayload {
        v: VERSION,
        secret_hash: hex::encode(secret_hash),
        name: name.to_owned(),
        created_at,
    };
    register(DEVICE, device.to_string(), order_key::register(generation, 1), json!(payload))
}

/// An operation as it is now, written under `generation`.
pub fn operation(generation: Generation, operation: &Operation) -> Entity {
    let payload = OperationPayload {
        v: VERSION,
        kind: operation.kind,
        intent: operation.intent.clone(),
        intent_hash: operation.intent_hash,
        state: operation.state,
        generation,
        version: operation.version,
        valid_until: operation.valid_until,
        created_at: operation.created_at,
        updated_at: operation.updated_at,
        confirm_by: operation.confirm_by,
        debit_account: operation.debit_account.clone(),
        most_minor: operation.most_minor,
        looks_like: hex::encode(operation.looks_like),
        outcome: operation.outcome.clone(),
        cancel_requested: operation.marks.cancel_requested,
        in_doubt: operation.in_doubt,
        parked: operation.parked,
    };
    Entity {
        open: !operation.state.is_final(),
        final_: operation.state.is_final(),
        marks: Some(to_wire(&operation.marks)),
        ..register(
            OPERATION,
            operation.id.to_string(),
            order_key::operation(operation.state, generation, version_of(operation.version)),
            json!(payload),
        )
    }
}

/// A template as it is now, written under `generation`.
pub fn template(generation: Generation, template: &Template) -> Entity {
    let payload = TemplatePayload {
        v: VERSION,
        name: template.name.clone(),
        terms: template.terms.clone(),
        version: template.version,
        deleted: template.deleted,
        created_at: template.created_at,
    };
    let key = order_key::register(generation, version_of(template.version));
    register(TEMPLATE, template.template_id.to_string(), key, json!(payload))
}

/// Marks as they travel.
pub fn to_wire(marks: &Marks) -> archive::Marks {
    archive::Marks {
        cancel_requested: marks.cancel_requested,
        unfenced: marks.unfenced,
        conflict: marks.conflict,
        asked: marks.asked.asked,
        answered: marks.asked.answered,
        cancel_asked: marks.cancel_asked.asked,
        cancel_answered: marks.cancel_asked.answered,
    }
}

/// Marks as they are joined.
pub fn from_wire(marks: &archive::Marks) -> Marks {
    Marks {
        cancel_requested: marks.cancel_requested,
        asked: Asked { asked: marks.asked, answered: marks.answered },
        cancel_asked: Asked { asked: marks.cancel_asked, answered: marks.cancel_answered },
        unfenced: marks.unfenced,
        conflict: marks.conflict,
    }
}
