//! Which router leads (protocol §3).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{BlockName, Generation};

/// `POST /v1/router`: makes a router the one that leads, by compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromoteRouter {
    /// Which.
    pub leader: BlockName,
    /// The generation of the row that it was decided on.
    pub expected: Generation,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub decided_by: String,
}
