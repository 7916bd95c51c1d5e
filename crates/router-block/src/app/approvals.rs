//! What a second person has to approve, the switch of automation, and the records of moves: the
//! archive decides and writes down who did it; the router says who asks.

use std::time::Duration;

use common::problem::{Code, Refusal};
use common::wire::archive::{Approval, Approve, AskApproval, Automation, MoveView, PutAutomation};
use common::wire::ops::{AskLeave, SwitchAutomation};
use platform::Failure;
use platform::rpc::{CallError, Repeat, Request};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::audit;
use super::disasters;
use super::lead::heed;
use super::moves::archive;
use crate::shared::Shared;

/// The records of moves, newest first.
pub async fn moves(shared: &Shared) -> Result<Vec<MoveView>, Failure> {
    ask(shared, Request::get("/v1/moves")).await
}

/// All approvals, newest first.
pub async fn approvals(shared: &Shared) -> Result<Vec<Approval>, Failure> {
    let here = disasters::list(shared);
    match ask::<Vec<Approval>, _>(shared, Request::get("/v1/approvals")).await {
        Ok(archived) => Ok(here.into_iter().chain(archived).collect()),
        // What is prepared for the loss of the archive is shown without it.
        Err(_away) if !here.is_empty() => Ok(here),
        Err(failure) => Err(failure),
    }
}

/// An administrator asks for another's leave.
pub async fn ask_leave(
    shared: &Shared,
    author: String,
    wish: &AskLeave,
) -> Result<Approval, Failure> {
    let details = json!({ "action": wish.action, "reason": wish.reason });
    audit::note(shared, &author, "ask for leave", details).await?;
    if let Some(asked) = disasters::ask_leave(shared, &author, wish) {
        return Ok(asked);
    }
    let body = AskApproval { action: wish.action.clone(), reason: wish.reason.clone(), author };
    ask(shared, Request::post("/v1/approvals", &body)).await
}

/// Another administrator gives it.
pub async fn approve(shared: &Shared, approver: String, id: Uuid) -> Result<Approval, Failure> {
    audit::note(shared, &approver, "approve", json!({ "approval": id })).await?;
    if let Some(here) = disasters::approve(shared, &approver, id) {
        return here;
    }
    let path = format!("/v1/approvals/{id}/approve");
    ask(shared, Request::post_with_id(path, &Approve { approver })).await
}

/// Switches automation.
pub async fn switch(
    shared: &Shared,
    decided_by: String,
    wish: &SwitchAutomation,
) -> Result<Automation, Failure> {
    shared.must_conduct()?;
    let lasting = i64::try_from(wish.lift_limit_ms).unwrap_or(i64::MAX);
    let body = PutAutomation {
        held: wish.held,
        limit_lifted_until: (lasting > 0).then(|| shared.now().plus_ms(lasting)),
        reason: wish.reason.clone(),
        decided_by,
        approval: wish.approval,
    };
    let known = shared.watching.automation().map(|known| known.value);
    let from = known.map(|now| {
        json!({ "held": now.held, "limit_lifted_until": audit::until(now.limit_lifted_until) })
    });
    let until = audit::until(body.limit_lifted_until);
    let details = json!({
        "from": from, "to": { "held": body.held, "limit_lifted_until": until },
        "reason": wish.reason, "approval": wish.approval,
    });
    audit::note(shared, &body.decided_by, "switch automation", details).await?;
    let request = Request::put("/v1/automation", &body).by_router(shared.leading.generation());
    let now: Automation = ask(shared, request).await?;
    shared.watching.automation_is(now.clone(), Instant::now());
    Ok(now)
}

/// Asks the archive; what it refuses is refused here for the same reason.
pub(super) async fn ask<T: DeserializeOwned, R: Repeat>(
    shared: &Shared,
    request: Request<R>,
) -> Result<T, Failure> {
    let archive = archive(shared)?;
    let within = Duration::from_millis(shared.config.conduct.timeout_ms);
    match archive.peer.call(request, within).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(refused_as(heed(shared, error).await)),
    }
}

/// A refusal of the archive, as the router's own.
pub fn refused_as(error: CallError) -> Failure {
    let refusal = error.problem().and_then(|problem| {
        let code = Code::ALL.iter().find(|code| code.as_str() == problem.code)?;
        Some(Refusal::new(*code).detail(problem.detail.clone()))
    });
    match refusal {
        Some(refusal) => refusal.into(),
        None if error.problem().is_none() => {
            let detail = "The archive, which decides about it, does not answer.";
            Refusal::new(Code::NotReady).detail(detail).retry_after_ms(1_000).into()
        }
        None => error.into(),
    }
}
