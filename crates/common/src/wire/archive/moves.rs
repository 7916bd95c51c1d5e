//! The register's moves: steps, their records, approvals and automation (protocol §3, I14).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{BlockName, Revision};
use crate::incarnation::Incarnation;
use crate::placement::Placement;
use crate::placement::moves::{Refused, Step};
use crate::placement::slice::SliceId;
use crate::time::Timestamp;

/// Who decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Who {
    /// An administrator.
    Person {
        /// His name.
        name: String,
    },
    /// The failover controller of a router (I14).
    Automation,
    /// A block, for itself: settling, claiming.
    Block,
}

/// What kind of move an administrator or automation has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveOrder {
    /// Sessions that are open go on at the owner until they end or the deadline comes.
    Planned,
    /// Deadline 0.
    Urgent,
    /// Deadline 0, and every older session is dead.
    UrgentDropping,
    /// The owner is dead or must be passed by.
    Forced,
    /// Back to the home, once it has joined what was done elsewhere.
    Return,
    /// Back to the home first, joining afterwards.
    ReturnNow,
}

/// `POST /v1/moves`: one step for some slices of one home, in one transaction, rows in slice order;
/// all stand or none, unless `each` is set. The first step of a move names its order and opens its
/// record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// The move it belongs to; a block's own steps belong to none. Repeating a step that has been
    /// taken (same move, step and rows) is harmless: the revision refuses it.
    pub move_id: Option<Uuid>,
    /// For the first step: what is ordered.
    pub order: Option<MoveOrder>,
    /// The home.
    pub home: BlockName,
    /// The slices, with the revision that each was decided on.
    pub slices: Vec<(SliceId, Revision)>,
    /// All slices of the move, where its first step is for some of them (waves); empty: these.
    #[serde(default)]
    pub whole: Vec<SliceId>,
    /// The step, the same for all.
    pub step: Step,
    /// Who asks, if a block does ([`Step::Settle`], [`Step::Claim`]): the life of its database.
    pub asker: Option<Incarnation>,
    /// When the owner closes what is left, for a drain; absent: at once.
    pub deadline: Option<Timestamp>,
    /// Stands for the slices whose rows allow it, refuses the others.
    pub each: bool,
    /// Why, in a person's words.
    pub reason: String,
    /// Who decided.
    pub decided_by: Who,
    /// The second person's leave, where one is needed.
    pub approval: Option<Uuid>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stepped {
    /// The life of the archive that answers.
    pub life: Incarnation,
    /// Slice by slice.
    pub outcomes: Vec<StepOutcome>,
    /// Why none of it was done, where it is not about a single row.
    pub refused: Option<Refusal>,
}

impl Stepped {
    /// Was the step taken for this slice?
    pub fn took(&self, outcome: &StepOutcome) -> bool {
        self.refused.is_none() && outcome.refused.is_none()
    }
}

/// What became of one slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepOutcome {
    /// The row as it is now.
    pub row: Placement,
    /// The rule that refused, if one did.
    pub refused: Option<Refused>,
}

/// Why a step was refused that no row forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Automation has moved something within ten minutes, or is moving something (I14).
    AutomationSpent,
    /// Automation is held.
    AutomationHeld,
    /// A second person has to approve it first.
    ApprovalNeeded,
    /// The approval is of something else, not given, used, or too old.
    ApprovalInvalid,
    /// One of the rows refused, so none was changed.
    Row,
}

/// Where a move stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveState {
    /// Under way.
    Running,
    /// Every slice is where it should be.
    Done,
    /// Given up; every slice is with its former owner.
    Aborted,
}

/// `GET /v1/moves`: the records, newest first. Any router takes up a move whose last step is older
/// than five seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoveView {
    /// Names it.
    pub move_id: Uuid,
    /// What was ordered.
    pub order: MoveOrder,
    /// Of which home.
    pub home: BlockName,
    /// Toward whom.
    pub target: BlockName,
    /// Which slices.
    pub slices: Vec<SliceId>,
    /// When the owner closes what is left.
    pub deadline: Option<Timestamp>,
    /// Where it stands.
    pub state: MoveState,
    /// Abort it, with the target's SEAL or (if it is dead) its cut. Written down by the first step
    /// that asks for it, even while the rows refuse it because the SEAL is missing.
    pub aborting: Option<bool>,
    /// Why.
    pub reason: String,
    /// Who began it.
    pub decided_by: String,
    /// Who approved it, if somebody had to.
    pub approved_by: Option<String>,
    /// When it began.
    pub began_at: Timestamp,
    /// When its last step was taken.
    pub stepped_at: Timestamp,
}

/// `POST /v1/approvals`: one person asks for another's leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskApproval {
    /// What is to be done, in one stable line ([`super::actions`]): `force client-1 0-63 backup-2`.
    /// What uses the approval must say the same.
    pub action: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub author: String,
}

/// `POST /v1/approvals/{id}/approve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Who approves: never the author.
    pub approver: String,
}

/// Where an approval stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Waits for a second person.
    Waiting,
    /// Given, not used.
    Given,
    /// Used: an approval is good for one action.
    Used,
    /// Nobody approved it, or nobody used it, in time.
    Expired,
}

/// `GET /v1/approvals`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// Names it.
    pub approval_id: Uuid,
    /// What is to be done.
    pub action: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub author: String,
    /// Who gave it.
    pub approver: Option<String>,
    /// Where it stands.
    pub state: ApprovalState,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// `GET /v1/automation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Automation {
    /// A person has stopped it.
    pub held: bool,
    /// Who, and why.
    pub held_by: Option<String>,
    /// When it last moved something.
    pub last_move_at: Option<Timestamp>,
    /// Until then the limit of one move in ten minutes does not count (drills).
    pub limit_lifted_until: Option<Timestamp>,
}

/// `PUT /v1/automation`. Lifting the limit needs an approval; holding needs none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAutomation {
    /// Stop it, or let it go on.
    pub held: bool,
    /// Lift the limit until then.
    pub limit_lifted_until: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub decided_by: String,
    /// The second person's leave, for lifting the limit.
    pub approval: Option<Uuid>,
}
