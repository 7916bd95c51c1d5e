//! A block's API: the part that other services and tools use too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{BlockName, CustomerId, Generation};
use crate::incarnation::{Head, Incarnation};
use crate::phone::Phone;
use crate::placement::slice::SliceId;

/// `PUT /internal/v1/customers/{id}`: the router tells the home block of a customer. Idempotent by
/// revision: an older revision changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutCustomer {
    /// The directory's count of changes of this customer, from 1.
    #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64)]
    pub revision: u64,
    /// As it is compared: lower case.
    #[schema(pattern = "^[a-z0-9._-]{3,64}$", examples("anna.petrova1"))]
    pub login: String,
    /// Where codes are sent.
    pub phone: Phone,
    /// First and last name.
    #[schema(min_length = 1, max_length = 140, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    pub name: String,
    /// Only when the customer is created; the block keeps its argon2id hash. Ignored if the
    /// customer exists: passwords are changed at the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// `POST /internal/v1/hand-overs`: the target of a drain asks the owner for a customer
/// (protocol §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskHandOver {
    /// Whom; the caller must be the slice's target.
    pub customer_id: CustomerId,
    /// The home of his slice.
    pub home: BlockName,
    /// The slice.
    pub slice: SliceId,
    /// The generation reserved for the asker.
    pub generation: Generation,
}

/// What the owner says. It is a hint: only HANDOVER applied at the archive permits the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandOverAnswer {
    /// Was he handed over, now or before?
    pub answer: HandOverSaid,
}

/// One of three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandOverSaid {
    /// He was.
    HandedOver,
    /// Not now: he logs in at the owner, which stays his block until the next login.
    NotNow,
    /// The asker is not the target under this generation, or the asked is not the owner.
    No,
}

/// `POST /internal/v1/seals`: a router asks the owner (for an abort: the target) to seal slices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealOrder {
    /// The home of the slices.
    pub home: BlockName,
    /// Which, and under which generation each: the owner's, or the target's reserved one.
    #[schema(value_type = Vec<Vec<u64>>)]
    pub slices: Vec<(SliceId, Generation)>,
}

/// What became of it. Only SEAL applied at the archive permits the compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SealAnswer {
    /// Sealed, now or before.
    pub sealed: Vec<SliceId>,
    /// Not sealed: not owned under that generation, not draining, or a loosening is unresolved.
    pub refused: Vec<SliceId>,
}

/// `GET /internal/v1/report`: what a block says of itself, for dry runs, moves and drills.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlockReport {
    /// Its name.
    pub block: BlockName,
    /// Its role.
    pub role: String,
    /// Where it lies.
    pub data_center: String,
    /// The life of its database.
    #[schema(value_type = String)]
    pub incarnation: Incarnation,
    /// `quarantined`, `catching_up`, `alone` or `serving` (protocol §7).
    pub phase: String,
    /// A later life of its database is known: closed for good.
    pub outlived: bool,
    /// The newest version of payloads that it understands.
    pub payload_version: u32,
    /// Settings that customers notice, to be compared before a move (protocol §9).
    pub settings: BTreeMap<String, String>,
    /// Requests a second that it was measured to take on for another's customers.
    pub measured_per_second: u32,
    /// Sessions that are open here, of customers served here.
    pub sessions: u64,
    /// Unfinished operations.
    pub unfinished: u64,
    /// Rows of the outbox that the archive has not acknowledged.
    pub unsent: u64,
    /// The age of the oldest of them.
    pub oldest_unsent_ms: Option<i64>,
    /// How long the archive has not answered.
    pub archive_silent_ms: i64,
    /// Where its stream stands.
    pub head: Option<Head>,
    /// Everything that the archive had of its slices was followed, so long ago.
    pub followed_ago_ms: Option<i64>,
    /// Slices that it owns, with how many of their customers have yet to be loaded here.
    pub to_load: Vec<ToLoad>,
    /// Slices that are drained here: a planned move of one ends with its last session.
    #[serde(default)]
    pub draining: Vec<Draining>,
}

/// A slice that the block owns and gives up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Draining {
    /// Its home.
    pub home: BlockName,
    /// Which.
    pub slice: SliceId,
    /// Sessions of it that are open here.
    pub sessions: u64,
}

/// What is left to load of a slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToLoad {
    /// Its home.
    pub home: BlockName,
    /// Which.
    pub slice: SliceId,
    /// Customers that have yet to be loaded under the row's generation.
    pub customers: u64,
    /// Unfinished operations begun under an older generation.
    pub unfinished: u64,
}
