//! Which router leads: what this one knows of it, and promoting one (protocol §3). The archive
//! compares and sets; either router carries a person's decision there, a superseded one too.

use std::time::Duration;

use common::leading::RouterRow;
use common::problem::Code;
use common::wire::archive::PromoteRouter;
use common::wire::ops::{LeadRouter, Promotion, RouterView};
use platform::Failure;
use platform::failure::chain;
use platform::rpc::{CallError, Request};
use serde_json::json;

use super::approvals::ask;
use super::audit;
use crate::shared::Shared;

/// As this router has heard.
pub fn view(shared: &Shared) -> RouterView {
    let leading = &shared.leading;
    RouterView { own: leading.own().clone(), standing: leading.standing(), row: leading.row() }
}

/// Makes a router the one that leads.
pub async fn promote(
    shared: &Shared,
    decided_by: String,
    wish: &LeadRouter,
) -> Result<RouterRow, Failure> {
    let details = json!({
        "from": shared.leading.row().map(|row| row.leader), "to": wish.leader,
        "generation": wish.expected, "reason": wish.reason,
    });
    audit::note(shared, &decided_by, "promote router", details).await?;
    let body = PromoteRouter {
        leader: wish.leader.clone(),
        expected: wish.expected,
        reason: wish.reason.clone(),
        decided_by,
    };
    // The generation refuses what was done before: a repetition does no harm.
    let row: RouterRow = ask(shared, Request::post_with_id("/v1/router", &body)).await?;
    shared.leading.learn(row.clone());
    Ok(row)
}

/// Writes down that a database's standby is being promoted: the launcher does it on the machine.
pub async fn note_promotion(
    shared: &Shared,
    decided_by: &str,
    wish: &Promotion,
) -> Result<(), Failure> {
    let Promotion { database, from, to, reason } = wish;
    let details = json!({ "database": database, "from": from, "to": to, "reason": reason });
    audit::note(shared, decided_by, "promote database", details).await
}

/// Somebody refused something. If it was because another router leads, this one asks which.
pub async fn heed(shared: &Shared, refused: CallError) -> CallError {
    if refused.is_refusal(Code::RouterSuperseded)
        && let Some(archive) = &shared.archive
    {
        let within = Duration::from_millis(shared.config.register.timeout_ms);
        match archive.peer.call(Request::get("/v1/router"), within).await {
            Ok::<RouterRow, _>(row) => shared.leading.learn(row),
            Err(error) => {
                let error = chain(&error);
                tracing::warn!(error, "another router leads, and which is not known yet");
            }
        }
    }
    refused
}
