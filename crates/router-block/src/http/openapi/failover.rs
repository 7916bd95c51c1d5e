//! The part about moves, approvals, automation and administrators.

use common::leading::RouterRow;
use common::problem::Code;
use common::wire::archive::{Approval, Automation};
use common::wire::ops::{
    AbortMove, Approvals, AskLeave, AuditTrail, AutomationView, DryRun, LeadRouter, LogIn,
    LoggedIn, MoveBegun, Moves, OrderMove, Promotion, RouterView, SwitchAutomation,
};
use platform::http::openapi::{ANYBODY, AnyUuid, CALLER, Operation, Security, get, post, put};
use serde_json::{Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// A person with a session.
const ADMINISTRATOR: Security = &[&["administrator"]];
/// Who may look: a person with a session, or the launcher.
pub(super) const LOOKER: Security = &[&["administrator"], &["serviceName", "serviceToken"]];

/// How a person shows his session.
pub(super) fn scheme() -> (&'static str, SecurityScheme) {
    let about = "An administrator's session, from `POST /ops/v1/login`.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about));
    ("administrator", SecurityScheme::Http(scheme.build()))
}

/// What only a person may do.
pub(super) fn person(operation: Operation) -> Operation {
    operation.security(ADMINISTRATOR).refuses(&[Code::Unauthenticated, Code::NotReady])
}

/// What the launcher may see too.
pub(super) fn look(operation: Operation) -> Operation {
    operation.security(LOOKER).refuses(CALLER).refuses(&[Code::Unauthenticated])
}

fn an_order() -> Value {
    json!({
        "home": "client-1", "order": "planned", "keep_sessions_ms": 60_000,
        "reason": "an update of the home",
    })
}

/// All of it.
pub(super) fn operations() -> impl Iterator<Item = Operation> {
    of_moves().into_iter().chain(of_people()).chain(of_routers())
}

fn of_moves() -> [Operation; 5] {
    [
        post("/ops/v1/login", "logInAdministrator", "Open an administrator's session")
            .about("With the password and the code of the authenticator; a code opens one session.")
            .tag("administrators")
            .security(ANYBODY)
            .body::<LogIn>(json!({ "name": "anna", "password": "secret", "code": "123456" }))
            .gives::<LoggedIn>(200, "The session.")
            .refuses(&[
                Code::CredentialsWrong,
                Code::LoginLocked,
                Code::TooManyRequests,
                Code::NotReady,
            ]),
        look(get("/ops/v1/moves", "listMoves", "The records of moves, newest first"))
            .tag("moves")
            .gives::<Moves>(200, "The records.")
            .refuses(&[Code::NotReady]),
        person(post("/ops/v1/moves", "beginMove", "Begin a move or a return"))
            .about(
                "The first step is taken before the answer; a router goes on with the rest. What \
                 a row or the archive forbids is said in the answer.",
            )
            .tag("moves")
            .body::<OrderMove>(an_order())
            .gives::<MoveBegun>(200, "What came of the first step.")
            .refuses(&[Code::InvalidRequest, Code::RouterSuperseded]),
        look(post("/ops/v1/moves/dry-run", "tryMove", "What a move would mean"))
            .tag("moves")
            .body::<OrderMove>(an_order())
            .gives::<DryRun>(200, "Nothing is changed.")
            .refuses(&[Code::InvalidRequest]),
        person(post("/ops/v1/moves/{id}/abort", "abortMove", "Give a move up"))
            .tag("moves")
            .path::<AnyUuid>("id", "Which move.")
            .body::<AbortMove>(json!({ "cut": false, "reason": "the target is slow" }))
            .gives::<MoveBegun>(200, "What came of it so far.")
            .refuses(&[
                Code::InvalidQuery,
                Code::InvalidRequest,
                Code::NotFound,
                Code::RouterSuperseded,
            ]),
    ]
}

fn of_people() -> [Operation; 5] {
    [
        look(get("/ops/v1/approvals", "listApprovals", "What was approved or waits for it"))
            .tag("approvals")
            .gives::<Approvals>(200, "Newest first.")
            .refuses(&[Code::NotReady]),
        person(post("/ops/v1/approvals", "askLeave", "Ask for another administrator's leave"))
            .tag("approvals")
            .body::<AskLeave>(json!({
                "action": "force client-1 0-63 backup-2", "reason": "client-1 is dead",
            }))
            .gives::<Approval>(200, "It waits for a second person.")
            .refuses(&[Code::InvalidRequest]),
        person(post("/ops/v1/approvals/{id}/approve", "approve", "Give another leave"))
            .tag("approvals")
            .path::<AnyUuid>("id", "Which approval.")
            .gives::<Approval>(200, "It is good for one action, for some time.")
            .refuses(&[Code::InvalidQuery, Code::NotFound, Code::Forbidden]),
        look(get("/ops/v1/automation", "getAutomation", "What automation may, sees and prepares"))
            .tag("automation")
            .gives::<AutomationView>(200, "As this router knows it."),
        person(put("/ops/v1/automation", "switchAutomation", "Stop automation, or lift its limit"))
            .tag("automation")
            .body::<SwitchAutomation>(json!({ "held": true, "reason": "works on the network" }))
            .gives::<Automation>(200, "As the archive has it now.")
            .refuses(&[
                Code::InvalidRequest,
                Code::ApprovalNeeded,
                Code::ApprovalInvalid,
                Code::RouterSuperseded,
            ]),
    ]
}

fn of_routers() -> [Operation; 4] {
    [
        look(get("/ops/v1/router", "getRouter", "Which router leads"))
            .tag("routers")
            .gives::<RouterView>(200, "As this router has heard."),
        person(post("/ops/v1/router/promotion", "promoteRouter", "Make a router lead"))
            .about(
                "A compare-and-set at the archive. The router that led until then only routes. \
                 Either router takes this.",
            )
            .tag("routers")
            .body::<LeadRouter>(json!({
                "leader": "router-backup", "expected": 1, "reason": "the router burned",
            }))
            .gives::<RouterRow>(200, "The router's row as it is now.")
            .refuses(&[Code::InvalidRequest, Code::RouterSuperseded]),
        person(post("/ops/v1/promotions", "notePromotion", "Note that a database is promoted"))
            .about("The launcher promotes it on the machine, once this was answered.")
            .tag("administrators")
            .body::<Promotion>(json!({
                "database": "client-1", "from": "client-1-database", "to": "client-1-standby",
                "reason": "the disk is gone",
            }))
            .gives_nothing(204, "It is written down.", &[]),
        look(get("/ops/v1/audit", "getAudit", "What administrators have done, newest first"))
            .tag("administrators")
            .gives::<AuditTrail>(200, "The entries.")
            .refuses(&[Code::NotReady]),
    ]
}
