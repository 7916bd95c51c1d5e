//! A data centre is lost: the one action that is prepared for it, its steps, and the leave of a
//! second administrator for all of them (protocol §3; the router's operations API).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::BlockName;
use crate::placement::slice::SliceId;

/// `GET /ops/v1/data-centers/{name}`: what is left to do if this data centre is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disaster {
    /// Which.
    pub data_center: String,
    /// Does every block there look dead from the router that answers?
    pub looks_dead: bool,
    /// What the second administrator approves, in one line.
    pub action: String,
    /// In this order; what is done already is not among them, as far as the router can tell.
    pub steps: Vec<DisasterStep>,
}

/// A step of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum DisasterStep {
    /// Promote the archive's standby, or let the archive go on without it: what lies elsewhere.
    Archive,
    /// An archive that recovers does without this witness, which lies there.
    Excuse {
        /// The service.
        service: String,
    },
    /// Promote the router's database, and let the router beside it lead.
    Router {
        /// The router that leads and lies there.
        leader: BlockName,
    },
    /// Pass by the owner, which lies there.
    Move {
        /// Whose customers.
        home: BlockName,
        /// Which slices.
        slices: Vec<SliceId>,
        /// Toward whom.
        target: BlockName,
    },
}

/// `POST /ops/v1/data-centers/{name}/leave`: the archive's leave for one step, in the names of
/// the two administrators who asked for the whole action and approved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveForStep {
    /// The approval of the whole action.
    pub approval: Uuid,
    /// Which step.
    pub step: DisasterStep,
}

/// `POST /ops/v1/standby`: lets the archive go on without its standby, or wait for it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandAlone {
    /// Without.
    pub alone: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The second person's leave, to go on without.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Uuid>,
}

/// `POST /ops/v1/witnesses/excuse`: an archive that recovers does without a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Excuse {
    /// Which service; one that is missing.
    #[schema(min_length = 1, max_length = 64)]
    pub service: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The second person's leave.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Uuid>,
}
