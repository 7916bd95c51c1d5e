//! The router's operations API: what administrators order, and what they are shown.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::archive::{Approval, Automation, MoveOrder, MoveView, Refusal};
use super::disaster::Disaster;
use crate::failover::Why;
use crate::ids::{BlockName, Generation};
use crate::leading::{RouterRow, Standing};
use crate::placement::moves::Refused;
use crate::placement::readiness::Difference;
use crate::placement::slice::SliceId;
use crate::time::Timestamp;

/// `POST /ops/v1/moves`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderMove {
    /// Whose customers.
    pub home: BlockName,
    /// Which slices; none: all that are not with the target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 64)]
    pub slices: Vec<SliceId>,
    /// What kind of move.
    pub order: MoveOrder,
    /// Toward whom; absent: the home's backup, or for a return the home.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<BlockName>,
    /// How long open sessions go on at the owner, for a planned move.
    #[serde(default)]
    #[schema(maximum = 86_400_000)]
    pub keep_sessions_ms: u64,
    /// Older sessions are dead, for a forced move.
    #[serde(default)]
    pub drop_sessions: bool,
    /// The owner is dead: its last batch is the cut. For a return at once; it needs leave as a
    /// forced move does.
    #[serde(default)]
    pub by_cut: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The second person's leave, where one is needed.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Uuid>,
}

/// `POST /ops/v1/moves/{id}/abort`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbortMove {
    /// The target is dead: its last batch is the cut. Otherwise its SEAL is waited for.
    #[serde(default)]
    pub cut: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What came of the first step of a move, or of giving one up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoveBegun {
    /// Names the move.
    pub move_id: Uuid,
    /// Of which home.
    pub home: BlockName,
    /// Toward whom.
    pub target: BlockName,
    /// Slices of which the step was taken.
    pub slices: Vec<SliceId>,
    /// Slices whose rows forbid it.
    pub refused: Vec<SliceRefused>,
    /// Why nothing was done, where it is not about single rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Refusal>,
}

/// A slice whose row forbids a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SliceRefused {
    /// Which.
    pub slice: SliceId,
    /// The rule.
    pub why: Refused,
}

/// `POST /ops/v1/moves/dry-run`: what a move would mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRun {
    /// Of which home.
    pub home: BlockName,
    /// Toward whom.
    pub target: BlockName,
    /// Who serves these slices now.
    pub owners: Vec<BlockName>,
    /// The slices that would be moved.
    pub slices: Vec<SliceId>,
    /// Customers whose home it is, in the slices that would be moved: by the directory, as a share
    /// of the home's.
    pub customers: u64,
    /// Open sessions at the owners; absent: an owner does not answer.
    pub sessions: Option<u64>,
    /// Unfinished operations at the owners; absent likewise.
    pub unfinished: Option<u64>,
    /// The oldest change that an owner has and the archive has not, in milliseconds; absent: an
    /// owner does not answer, or has none.
    pub lag_ms: Option<i64>,
    /// Requests a second that the target was measured to take on.
    pub measured_per_second: Option<u32>,
    /// How the target differs from the home. A move is offered where there is none.
    pub differences: Vec<Difference>,
    /// What a second person has to approve before, in one line.
    pub needs_approval: Option<String>,
    /// Why the router would refuse to begin it.
    pub refused: Vec<String>,
}

/// `GET /ops/v1/automation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AutomationView {
    /// The switch and the limit, as the archive has them; absent: it does not answer.
    pub automation: Option<Automation>,
    /// What automation would do if it might.
    pub prepared: Vec<Prepared>,
    /// Data centres in which everything looks dead, with what is prepared for that.
    #[serde(default)]
    pub lost: Vec<Disaster>,
    /// What each failure domain sees.
    pub vantage_points: Vec<Vantage>,
}

/// One action that is prepared for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prepared {
    /// The block that looks dead.
    pub block: BlockName,
    /// The home whose customers it serves.
    pub home: BlockName,
    /// Who could take over.
    pub target: BlockName,
    /// Which slices.
    pub slices: Vec<SliceId>,
    /// Why automation does not do it.
    pub why: NotByItself,
    /// Since when it is prepared.
    pub since: Timestamp,
    /// What the second person approves.
    pub action: String,
}

/// Why automation leaves an action to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotByItself {
    /// It is held.
    Held,
    /// Every block looks dead from here.
    AllAlike,
    /// A gateway has just served its customers.
    GatewayServes,
    /// Too much of its stream is missing, or how much is not known.
    Lag,
    /// The target has no room, or does not answer.
    Capacity,
    /// Fewer than two failure domains see it.
    NoMajority,
    /// One move in ten minutes was taken (I14).
    Spent,
    /// The archive does not answer, or refuses.
    Archive,
}

impl From<Why> for NotByItself {
    fn from(why: Why) -> Self {
        match why {
            Why::Held => Self::Held,
            Why::AllAlike => Self::AllAlike,
            Why::GatewayServes => Self::GatewayServes,
            Why::Lag => Self::Lag,
            Why::Capacity => Self::Capacity,
        }
    }
}

/// A vantage point, and how many blocks look dead or not well from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Vantage {
    /// Who looks.
    pub observer: String,
    /// From where.
    pub data_center: String,
    /// How old its news is, in milliseconds.
    pub ago_ms: i64,
    /// Blocks that do not look well from there.
    pub unwell: Vec<BlockName>,
}

/// `POST /ops/v1/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The administrator.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// His password.
    #[schema(max_length = 128)]
    pub password: String,
    /// The six digits that his authenticator shows.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
}

/// An administrator's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoggedIn {
    /// To be shown as `Authorization: Bearer`, at either router.
    pub token: String,
    /// Whose it is.
    pub name: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// `POST /ops/v1/approvals`: asks for another administrator's leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskLeave {
    /// What is to be done, in one line: `needs_approval` of a dry run, or what the refusal says.
    #[schema(min_length = 1, max_length = 500)]
    pub action: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// `PUT /ops/v1/automation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchAutomation {
    /// Stop it, or let it go on.
    pub held: bool,
    /// Lift the limit of one move in ten minutes for so long, which needs leave; absent or 0: the
    /// limit counts.
    #[serde(default)]
    #[schema(maximum = 86_400_000)]
    pub lift_limit_ms: u64,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The second person's leave, for lifting the limit.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Uuid>,
}

/// `GET /ops/v1/router`: which router leads, as the one that is asked has heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouterView {
    /// Who answers.
    pub own: BlockName,
    /// Where it stands; absent: the archive has not said yet.
    pub standing: Option<Standing>,
    /// The router's row; absent likewise.
    pub row: Option<RouterRow>,
}

/// `POST /ops/v1/router/promotion`: makes a router the one that leads. Either router takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadRouter {
    /// Which.
    pub leader: BlockName,
    /// The generation of the row that it was decided on.
    pub expected: Generation,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// `POST /ops/v1/promotions`: notes that an administrator promotes a database's standby, before the
/// launcher does it on the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Of which block.
    pub database: BlockName,
    /// The server that takes writes now.
    #[schema(min_length = 1, max_length = 100)]
    pub from: String,
    /// The server that shall.
    #[schema(min_length = 1, max_length = 100)]
    pub to: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// `GET /ops/v1/audit`: what administrators have done, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditTrail {
    /// At most 200 entries.
    pub entries: Vec<AuditEntry>,
}

/// One thing that an administrator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What.
    pub action: String,
    /// To what exactly: before and after, why, and by whose leave.
    #[schema(value_type = Object)]
    pub details: Value,
}

/// `GET /ops/v1/moves`: the records, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Moves {
    /// The records.
    pub moves: Vec<MoveView>,
}

/// `GET /ops/v1/approvals`: newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approvals {
    /// The approvals.
    pub approvals: Vec<Approval>,
}
