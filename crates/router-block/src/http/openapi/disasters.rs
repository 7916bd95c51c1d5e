//! The part about the loss of a data centre.

use common::problem::Code;
use common::wire::archive::{Approval, Standby, Witnessed};
use common::wire::disaster::{Disaster, Excuse, LeaveForStep, StandAlone};
use platform::http::openapi::{Operation, get, post};
use serde_json::json;

use super::failover::{look, person};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// All of it.
pub(super) fn operations() -> [Operation; 5] {
    let decided = [Code::InvalidRequest, Code::ApprovalNeeded, Code::ApprovalInvalid];
    [
        look(get("/ops/v1/data-centers/{name}", "getDisaster", "What is left if it is lost"))
            .path::<String>("name", "Which data centre.")
            .gives::<Disaster>(200, "One action, step by step.")
            .refuses(&[Code::InvalidQuery, Code::NotFound]),
        person(post("/ops/v1/data-centers/{name}/leave", "leaveForStep", "Leave for one step"))
            .about(
                "One administrator has asked for the leave of the whole action \
                 (`POST /ops/v1/approvals`), another has given it. The archive's leave for a step \
                 is asked for and given in their names.",
            )
            .path::<String>("name", "Which data centre.")
            .body::<LeaveForStep>(json!({ "approval": NOBODY, "step": { "step": "archive" } }))
            .gives::<Approval>(200, "The archive's leave.")
            .refuses(&[Code::InvalidQuery, Code::InvalidRequest, Code::ApprovalInvalid]),
        person(post("/ops/v1/standby", "standAlone", "Let the archive go on without its standby"))
            .body::<StandAlone>(json!({ "alone": false, "reason": "dc-b is lost" }))
            .gives::<Standby>(200, "As it is now.")
            .refuses(&decided),
        look(get("/ops/v1/witnesses", "getWitnesses", "Whom a recovering archive has to hear"))
            .gives::<Witnessed>(200, "Who is missing.")
            .refuses(&[Code::NotReady]),
        person(post("/ops/v1/witnesses/excuse", "excuse", "Let it recover without a witness"))
            .body::<Excuse>(json!({ "service": "client-1", "reason": "dc-a is lost" }))
            .gives::<Witnessed>(200, "Who is missing.")
            .refuses(&decided),
    ]
    .map(|operation| operation.tag("disasters"))
}
