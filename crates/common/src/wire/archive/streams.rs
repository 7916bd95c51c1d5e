//! Block → archive: batches of the outbox, and what the archive says of itself and of the register.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{BlockName, CustomerId, Generation, Revision};
use crate::incarnation::{ChainHash, Head, Incarnation, StreamId};
use crate::leading::RouterRow;
use crate::placement::Placement;
use crate::placement::slice::SliceId;
use crate::time::Timestamp;

/// `POST /v1/batches`. The events travel as texts, because the hash is over their bytes and an
/// archive keeps what it cannot read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Whose stream; the caller must be this block.
    pub stream: StreamId,
    /// The number of the batch; batches of a stream count from 1.
    pub batch: u64,
    /// The hash of the one before.
    pub previous: ChainHash,
    /// Its own (`common::archive::stream::BatchKey::following`).
    pub hash: ChainHash,
    /// At most 1,000 events: each the JSON text of an [`Event`].
    #[schema(max_items = 1000)]
    pub events: Vec<String>,
}

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// The home of the slice.
    pub home: BlockName,
    /// The slice.
    pub slice: SliceId,
    /// The generation it was written under.
    pub generation: Generation,
    /// When, by the block's clock: for people only.
    pub written_at: Timestamp,
    /// What happened.
    pub body: EventBody,
}

/// What an event tells. A kind that an archive does not know is stored raw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventBody {
    /// A customer's entity as it is now.
    Entity(EntityWritten),
    /// The customer was handed over to `to`, who will serve him under `generation`.
    HandOver {
        /// Who.
        customer_id: CustomerId,
        /// To whom.
        to: BlockName,
        /// The generation reserved for him.
        generation: Generation,
    },
    /// The slice is sealed under the event's generation.
    Seal,
    /// The seal is taken back.
    Unseal,
    /// A sign of life of the block's worker; concerns slice 0 of the block's own home.
    Heartbeat,
}

/// A customer's entity, as its writer knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntityWritten {
    /// Whose.
    pub customer_id: CustomerId,
    /// `operation`, `session`, `device`, `template`, `customer` …
    pub kind: String,
    /// Its id within customer and kind.
    pub entity_id: String,
    /// Lower-case hexadecimal; compared as bytes (`common::order_key`).
    #[schema(pattern = "^([0-9a-f]{2})+$")]
    pub order_key: String,
    /// Will it never change again?
    #[serde(rename = "final")]
    pub final_: bool,
    /// Has it yet to end?
    pub open: bool,
    /// What joins by itself, whatever the key says.
    #[serde(default)]
    pub marks: Marks,
    /// Its content, versioned and additive. The archive does not read it.
    pub payload: Value,
}

/// What stands beside an entity's content: each joined by itself (`common::join::operation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Marks {
    /// The customer wants it cancelled.
    #[serde(default)]
    pub cancel_requested: bool,
    /// It was ordered while a gateway could not be fenced.
    #[serde(default)]
    pub unfenced: bool,
    /// Two different ends are known.
    #[serde(default)]
    pub conflict: bool,
    /// The newest generation under which a view lacked it; 0: none.
    #[serde(default)]
    pub asked: Generation,
    /// The newest generation under which the customer answered.
    #[serde(default)]
    pub answered: Generation,
    /// The newest generation under which a late wish to cancel arrived; 0: none.
    #[serde(default)]
    pub cancel_asked: Generation,
    /// The newest generation under which the customer said whether that was his.
    #[serde(default)]
    pub cancel_answered: Generation,
}

/// The answer to a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchAnswer {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// What became of it.
    pub answer: Told,
}

/// What an archive answers to a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// Applied, now or before: durable in the archive and in its standby.
    Acknowledged(Acknowledged),
    /// Something between is missing: the stream stands there.
    Gap {
        /// Its last batch here.
        head: Head,
    },
    /// Another batch of this number was applied: the relay stops and calls for a person.
    Fork,
}

/// An acknowledgement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Acknowledged {
    /// The batch.
    pub batch: u64,
    /// The archive recovers: it has stored the batch and judged nothing of it yet.
    pub unjudged: bool,
    /// Slices of which something was late: closed until the row, of this revision or a higher one,
    /// still names the block.
    pub late_slices: Vec<LateSlice>,
    /// Customers of whom something was late.
    pub late_customers: Vec<LateCustomer>,
}

/// A slice of which events were late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateSlice {
    /// Its home.
    pub home: BlockName,
    /// Which.
    pub slice: SliceId,
    /// Of the row that says so.
    pub revision: Revision,
}

/// A customer of whom events were late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateCustomer {
    /// Who.
    pub customer_id: CustomerId,
    /// His home.
    pub home: BlockName,
    /// His slice.
    pub slice: SliceId,
    /// Of the row that says so.
    pub revision: Revision,
}

/// `POST /v1/register/read`: who asks. A block names its stream, so that the archive meets the
/// life of its database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterQuery {
    /// The asking block's stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamId>,
    /// Only rows that have changed since this answer's `version`, which the asker has kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// The register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Register {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// It has not recovered: it wants a [`Witness`].
    pub recovering: bool,
    /// To be given as `since` next time, to this life of the archive only.
    pub version: u64,
    /// The rows; all, or those changed since.
    pub rows: Vec<Placement>,
    /// A later life of the asker's database is known: the asker closes for good.
    pub outlived: bool,
    /// An earlier life of it is known: however empty its database is, it is a new life.
    #[serde(default)]
    pub earlier: bool,
    /// Where the asker's stream stands here.
    pub head: Option<Head>,
    /// It runs without its standby, as two persons have decided.
    pub alone: bool,
    /// Which router leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router: Option<RouterRow>,
}

/// `POST /v1/witness`, to an archive that recovers: the witness's copy of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The life of the archive that it is meant for.
    pub life: Incarnation,
    /// From a block: all that it had written before it knew of this life has been sent again.
    pub resent: bool,
    /// The witness's copy.
    pub rows: Vec<Placement>,
}

/// `POST /v1/witness/excuse`: two persons let the archive recover without a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcuseWitness {
    /// Which service; one that is missing.
    pub service: String,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub decided_by: String,
    /// The second person's leave ([`super::actions::excuse`]).
    pub approval: Option<Uuid>,
}

/// `GET /v1/standby`: does the archive have its second copy (protocol §4)?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standby {
    /// It is set up with a synchronous standby.
    pub configured: bool,
    /// It acknowledges without it all the same, as two persons have decided.
    pub alone: bool,
}

/// `POST /v1/standby`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStandby {
    /// Acknowledge without the standby, or wait for it again.
    pub alone: bool,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub decided_by: String,
    /// The second person's leave ([`super::actions::STAND_ALONE`]), for going on without.
    pub approval: Option<Uuid>,
}

/// Who has been heard and who has not (`GET /v1/witness`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Witnessed {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// Does it still recover?
    pub recovering: bool,
    /// Services that have yet to be heard or excused.
    pub missing: Vec<String>,
}
