//! Loading customers, following what changes, loosening (protocol §5, §6).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::streams::{EntityWritten, Event, Marks};
use crate::ids::{BlockName, CustomerId, Generation, Revision};
use crate::incarnation::{Incarnation, StreamId};
use crate::placement::slice::SliceId;
use crate::time::Timestamp;

/// `POST /v1/load`: all that the archive holds of these customers of one slice, at most 500. With
/// it the archive writes down that this stream has loaded them under this generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadQuery {
    /// Who loads; the caller must be this block.
    pub stream: StreamId,
    /// The home of the slice.
    pub home: BlockName,
    /// The slice.
    pub slice: SliceId,
    /// Under which generation they are loaded.
    pub generation: Generation,
    /// Whom.
    #[schema(max_items = 500)]
    pub customers: Vec<CustomerId>,
    /// Only ask whether they may be loaded: no entities, nothing is written down. The permission
    /// comes before the journal, the entities after it.
    #[serde(default)]
    pub permission_only: bool,
}

/// Customers as the archive holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Loaded {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// Of the row under which the load was permitted: an older copy reads the register first.
    pub revision: Revision,
    /// The newest generation of the slice that began with a forced move: sessions from before it
    /// need another proof before they pay.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<Generation>,
    /// Those who may be loaded. Whoever is missing was not handed over to the asker.
    pub customers: Vec<LoadedCustomer>,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LoadedCustomer {
    /// Who.
    pub customer_id: CustomerId,
    /// The newest generation under which another block or life has loaded him.
    pub elsewhere: Option<Generation>,
    /// From when on the gateway is to be asked for what it did for him (protocol §6); absent: as
    /// far back as there is.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal_since: Option<Timestamp>,
    /// What he has.
    pub entities: Vec<Entity>,
    /// Something of him was archived that this archive cannot read yet (protocol §4): no view of
    /// him is complete.
    #[serde(default)]
    pub incomplete: bool,
}

/// An entity as the archive holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Entity {
    /// `operation`, `session` …
    pub kind: String,
    /// Its id within customer and kind.
    pub entity_id: String,
    /// Hexadecimal; compared as bytes.
    pub order_key: String,
    /// Will it never change again?
    #[serde(rename = "final")]
    pub final_: bool,
    /// Has it yet to end?
    pub open: bool,
    /// Some version of it was late (a session is then revoked).
    pub late: bool,
    /// The generation of the version that is kept.
    pub generation: Generation,
    /// What joins by itself.
    pub marks: Marks,
    /// Its content.
    pub payload: Value,
}

/// `POST /v1/slices/customers`: who lives in a slice, in order of the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SliceQuery {
    /// Its home.
    pub home: BlockName,
    /// Which.
    pub slice: SliceId,
    /// After this one; 0 for the first page.
    #[serde(deserialize_with = "or_zero")]
    #[schema(value_type = u64, minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    pub after: CustomerId,
    /// Only those who have an unfinished operation.
    #[serde(default)]
    pub open_only: bool,
    /// At most this many, up to 1,000.
    pub limit: u32,
}

/// A customer's id, or the 0 before all of them.
fn or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CustomerId, D::Error> {
    let number = u64::deserialize(deserializer)?;
    if number == 0 {
        return Ok(CustomerId(0));
    }
    CustomerId::try_from(number).map_err(serde::de::Error::custom)
}

/// Some of them; an empty page is the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// In order.
    pub customers: Vec<CustomerId>,
}

/// `POST /v1/changes`: what is new in slices that the asker owns by the archive's own rows, written
/// by other streams than the asker's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangesQuery {
    /// Who asks; the caller must be this block.
    pub stream: StreamId,
    /// The last batch of each stream that was followed, in this life of the archive.
    pub cursor: Vec<(StreamId, u64)>,
    /// At most this many events, up to 1,000; the last batch is given whole.
    pub limit: u32,
}

/// What is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// The asker's slices by the archive's rows: their events are in here, and no others.
    pub slices: Vec<(BlockName, SliceId, Revision)>,
    /// In the order of each stream.
    pub changes: Vec<Change>,
    /// Where the cursor stands after them.
    pub cursor: Vec<(StreamId, u64)>,
    /// Was that all for now?
    pub all: bool,
    /// The log does not reach back to the cursor any more: load every customer instead.
    pub too_old: bool,
}

/// An event as the archive keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Of which stream.
    pub stream: StreamId,
    /// Of which batch.
    pub batch: u64,
    /// Was it late?
    pub late: bool,
    /// The generation of whoever served the customer when it was judged.
    pub serving: Generation,
    /// The operation is asked about because of a view under this generation.
    pub asked: Option<Generation>,
    /// The event; absent if this archive could not read it.
    pub event: Option<Event>,
}

/// `POST /v1/loosenings`: a compare-and-set on who serves the customer (I9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Loosen {
    /// Who asks; the caller must be this block.
    pub stream: StreamId,
    /// Names the change: the same id gives the same verdict, for good.
    pub change_id: Uuid,
    /// The home of the slice.
    pub home: BlockName,
    /// The slice.
    pub slice: SliceId,
    /// Under which generation the asker serves the customer.
    pub generation: Generation,
    /// What becomes of the entity if it stands. Applied here together with the verdict.
    pub entity: EntityWritten,
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Loosened {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// Does it stand?
    pub applied: bool,
}
