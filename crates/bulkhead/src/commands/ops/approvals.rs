//! `approve`: what waits for a second person.

use common::wire::archive::Approval;
use common::wire::ops::Approvals;
use uuid::Uuid;

use super::{Operations, show};
use crate::commands::print_json;
use crate::failure::Result;
use crate::screen::say;

pub(super) async fn run(operations: &Operations, id: Option<Uuid>, json: bool) -> Result<()> {
    let Some(id) = id else {
        let all: Approvals = operations.get("/ops/v1/approvals").await?;
        if json {
            return print_json(&all);
        }
        show::approvals(&all.approvals);
        return Ok(());
    };
    let path = format!("/ops/v1/approvals/{id}/approve");
    let given: Approval = operations.post(&path, &serde_json::Value::Null).await?;
    if json {
        return print_json(&given);
    }
    say(format!("Approved until {}: {}.", given.expires_at, given.action));
    Ok(())
}
