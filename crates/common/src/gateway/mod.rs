//! The gateway's contract and its decisions (protocol §5): pure, shared by the gateway, the blocks
//! and, later, the simulator.

pub mod decide;
pub mod pruning;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::ids::{CustomerId, Generation, OperationId};
use crate::money::Money;
use crate::object::object;
use crate::operation::{IntentHash, OperationState, RejectReason};
use crate::rate::Rate;
use crate::time::Timestamp;

/// `EXECUTE`: apply this intent, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Execute {
    /// The same on every block (I2).
    pub operation_id: OperationId,
    /// Of `intent`, as the block computed it; the gateway computes it again.
    pub intent_hash: IntentHash,
    /// Who ordered.
    pub customer_id: CustomerId,
    /// Under which generation the block acts (I5).
    pub generation: Generation,
    /// What was confirmed, as the client sent it.
    #[schema(value_type = Object)]
    #[serde(deserialize_with = "object")]
    pub intent: Value,
    /// First execution only before this, by the gateway's clock (I10).
    pub valid_until: Timestamp,
}

/// `VOID`: let this operation never be executed, unless it was already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Void {
    /// Which operation.
    pub operation_id: OperationId,
    /// Of the intent it was made for.
    pub intent_hash: IntentHash,
    /// Who ordered.
    pub customer_id: CustomerId,
    /// Under which generation the block acts: a thief at a superseded block must not cancel.
    pub generation: Generation,
    /// Why.
    pub cause: VoidCause,
}

/// Why an operation is voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoidCause {
    /// The customer cancelled it.
    Customer,
    /// Nobody confirmed it in time.
    Unconfirmed,
    /// It may not wait and could not be done at once.
    NotDeferrable,
}

/// `FENCE`: from now on nothing of an older generation takes a first effect for this customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fence {
    /// Whose fence.
    pub customer_id: CustomerId,
    /// Raised to this, if it is lower.
    pub generation: Generation,
}

/// `JOURNAL`: raise the fence and list, in one transaction, what was done for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Whose.
    pub customer_id: CustomerId,
    /// Outcomes decided at or after this, by the gateway's clock.
    pub since: Timestamp,
    /// The fence is raised to this.
    pub generation: Generation,
}

/// How an operation ended; attested by the gateway, stored under its id for 400 days (I8, I10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// Executed, rejected, cancelled or expired; never an unfinished state.
    pub state: OperationState,
    /// When, by the gateway's clock.
    pub decided_at: Timestamp,
    /// Why it was rejected.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RejectReason>,
    /// What was done, where something was.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// What an executed operation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Effect {
    /// The bank's reference, printed on receipts.
    pub reference: String,
    /// Taken from the customer's account, fee included.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debited: Option<Money>,
    /// Given to the payee or to the other account.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credited: Option<Money>,
    /// The fee within `debited`.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// The rate at which it was exchanged.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Done on other terms than confirmed, within the customer's tolerance.
    pub adjusted: bool,
    /// The foreign system's own reference (deposit number, biller's receipt …). Never a cash code.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_reference: Option<String>,
}

/// What the gateway says to `EXECUTE` and `VOID`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It ended like this, now or earlier.
    Outcome(Outcome),
    /// A foreign system is being asked; ask again under the same id.
    InProgress,
    /// The id is known with another customer or intent: an alarm, never executed (I2).
    PayloadMismatch,
    /// A newer generation was seen for this customer; nothing was stored (I5).
    StaleGeneration {
        /// The fence: the block closes the customer until its row's generation reaches it.
        fence: Generation,
    },
}

/// An answer with the gateway's clock, from which blocks offer `valid_until`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answered {
    /// What it says.
    #[serde(flatten)]
    pub answer: Answer,
    /// The gateway's clock when it answered.
    pub gateway_time: Timestamp,
}

/// One line of a `JOURNAL` answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalEntry {
    /// Which operation.
    pub operation_id: OperationId,
    /// Of its intent.
    pub intent_hash: IntentHash,
    /// The intent: history and the look-alike check need it. Absent for an operation that was
    /// voided before its intent arrived.
    #[schema(value_type = Option<Object>)]
    pub intent: Option<Value>,
    /// Under which generation it ended.
    pub generation: Generation,
    /// How; absent while a foreign system is being asked.
    pub outcome: Option<Outcome>,
}

/// The answer to `JOURNAL`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum JournalAnswer {
    /// The fence stands; this was done.
    Entries {
        /// Oldest first.
        entries: Vec<JournalEntry>,
        /// The gateway's clock.
        gateway_time: Timestamp,
    },
    /// A newer generation was seen; nothing is told.
    StaleGeneration {
        /// The fence.
        fence: Generation,
    },
}

/// The answer to `FENCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FenceAnswer {
    /// Where the fence is now: at least at what was asked for.
    pub fence: Generation,
    /// The gateway's clock.
    pub gateway_time: Timestamp,
}
