//! Moves, approvals and automation in the API document.

use std::borrow::Cow;
use std::marker::PhantomData;

use common::problem::Code;
use common::wire::archive::{
    Approval, Approve, AskApproval, Automation, MoveView, PutAutomation, SetStandby, Standby,
    StepRequest, Stepped, actions,
};
use platform::http::openapi::{AnyUuid, Operation, get, post, put};
use serde_json::json;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::LIFE;

pub(super) fn moves() -> [Operation; 2] {
    let step = json!({
        "move_id": "0190d5b4-6f00-7000-8000-000000000001", "order": "planned",
        "home": "client-1", "slices": [[12, 1]],
        "step": { "step": "drain", "target": "backup-2", "incarnation": LIFE },
        "asker": null, "deadline": null, "each": false, "reason": "a drill",
        "decided_by": { "who": "person", "name": "anna" }, "approval": null,
    });
    [
        post("/v1/moves", "step", "Take one step of a move: a compare-and-set on register rows")
            .about(
                "All rows stand or none, unless `each` is set. Blocks settle and claim for \
                 themselves; everything else is decided by a person or by automation, through a \
                 router.",
            )
            .body::<StepRequest>(step)
            .gives::<Stepped>(200, "The rows as they are now, and why one was refused.")
            .refuses(&[Code::InvalidRequest, Code::RouterSuperseded]),
        get("/v1/moves", "moves", "Where moves stand, newest first")
            .gives::<List<MoveView>>(200, "At most 200 of them."),
    ]
    .map(|operation| operation.tag("moves"))
}

pub(super) fn people() -> [Operation; 5] {
    let ask = json!({ "action": actions::LIFT_LIMIT, "reason": "a drill", "author": "anna" });
    let automation = json!({
        "held": true, "limit_lifted_until": null, "reason": "a drill", "decided_by": "anna",
        "approval": null,
    });
    [
        post("/v1/approvals", "askApproval", "Ask for a second person's leave")
            .tag("approvals")
            .body::<AskApproval>(ask)
            .gives::<Approval>(200, "It waits.")
            .refuses(&[Code::InvalidRequest]),
        get("/v1/approvals", "approvals", "What was asked and approved, newest first")
            .tag("approvals")
            .gives::<List<Approval>>(200, "At most 100 of them."),
        post("/v1/approvals/{id}/approve", "approve", "Give leave, as another person")
            .tag("approvals")
            .path::<AnyUuid>("id", "Which approval.")
            .body::<Approve>(json!({ "approver": "boris" }))
            .gives::<Approval>(200, "It is given.")
            .refuses(&[
                Code::InvalidQuery,
                Code::InvalidRequest,
                Code::NotFound,
                Code::Forbidden,
                Code::ApprovalInvalid,
            ]),
        get("/v1/automation", "automation", "Whether failover is automatic")
            .tag("automation")
            .gives::<Automation>(200, "As it is."),
        put("/v1/automation", "putAutomation", "Hold automation, or lift its limit for a while")
            .about("Lifting the limit needs a second person.")
            .tag("automation")
            .body::<PutAutomation>(automation)
            .gives::<Automation>(200, "As it is now.")
            .refuses(&[
                Code::InvalidRequest,
                Code::ApprovalNeeded,
                Code::ApprovalInvalid,
                Code::RouterSuperseded,
            ]),
    ]
}

pub(super) fn standby() -> [Operation; 2] {
    let alone = json!({
        "alone": true, "reason": "the other data centre is gone", "decided_by": "anna",
        "approval": null,
    });
    [
        get("/v1/standby", "standby", "Does the archive have its second copy?")
            .gives::<Standby>(200, "Whether it does."),
        post("/v1/standby", "setStandby", "Acknowledge without the standby, or wait for it again")
            .about("Going on without needs a second person, and stays visible.")
            .body::<SetStandby>(alone)
            .gives::<Standby>(200, "As it is now.")
            .refuses(&[Code::InvalidRequest, Code::ApprovalNeeded, Code::ApprovalInvalid]),
    ]
    .map(|operation| operation.tag("standby"))
}

/// A list under a name of its own: the derive gives every `Vec` the same.
struct List<T>(PhantomData<T>);

impl<T: ToSchema> PartialSchema for List<T> {
    fn schema() -> RefOr<Schema> {
        let item = Ref::from_schema_name(T::name());
        ArrayBuilder::new().items(item).into()
    }
}

impl<T: ToSchema> ToSchema for List<T> {
    fn name() -> Cow<'static, str> {
        format!("{}List", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
