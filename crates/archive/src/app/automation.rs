//! The switch of automation, and the limit of its moves (I14).

use common::wire::archive::actions::LIFT_LIMIT;
use common::wire::archive::{Automation, PutAutomation};
use platform::Failure;
use serde_json::json;

use super::approvals::{must_be_text, use_up};
use super::routers::{Asker, must_be_obeyed};
use crate::archive::Archive;
use crate::store::automation;
use crate::store::moves::{Done, audit};

/// As it is now.
pub async fn read(archive: &Archive) -> Result<Automation, Failure> {
    let connection = archive.db.connection().await?;
    Ok(automation::read(&connection).await?.shown)
}

/// A person switches it. Whoever lifts the limit, or lifts it for longer, needs leave.
pub async fn put(
    archive: &Archive,
    asker: Asker<'_>,
    wish: &PutAutomation,
) -> Result<Automation, Failure> {
    must_be_text("reason", &wish.reason)?;
    must_be_text("decided_by", &wish.decided_by)?;
    let mut connection = archive.db.connection().await?;
    let tx = connection.transaction().await?;
    must_be_obeyed(&tx, asker).await?;
    let known = automation::hold(&tx).await?.shown;
    let now = archive.now();
    let lifts =
        wish.limit_lifted_until > known.limit_lifted_until && wish.limit_lifted_until > Some(now);
    let mut approved_by = None;
    if lifts {
        approved_by = Some(use_up(archive, &tx, wish.approval, LIFT_LIMIT).await??);
    }
    let by = format!("{}: {}", wish.decided_by, wish.reason);
    let next = Automation {
        held: wish.held,
        held_by: wish.held.then_some(by),
        limit_lifted_until: wish.limit_lifted_until,
        ..known
    };
    automation::set(&tx, &next).await?;
    let done = Done {
        action: "switch automation",
        by: &wish.decided_by,
        approved_by: approved_by.as_deref(),
        reason: &wish.reason,
        details: json!({ "held": next.held, "limit_lifted_until": next.limit_lifted_until }),
    };
    audit(&tx, &done, now).await?;
    tx.commit().await?;
    Ok(next)
}
