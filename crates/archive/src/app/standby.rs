//! The archive's standby (protocol §4, *Two copies*): what is acknowledged is in both. Two persons
//! may let it run without, which stays visible.
//!
//! While its standby is away nothing commits; so what people decide here is committed locally.

use common::wire::archive::{SetStandby, Standby, actions};
use platform::Failure;
use serde_json::json;

use super::approvals::{must_be_text, use_up};
use crate::archive::Archive;
use crate::store::moves::{Done, audit};
use crate::store::standby;

/// Does it run without its standby?
pub async fn read(archive: &Archive) -> Result<Standby, Failure> {
    let connection = archive.people.connection().await?;
    let waits = standby::waits(&connection).await?;
    Ok(Standby { configured: archive.bounds.synchronous_standby, alone: alone(archive, waits) })
}

/// Is it said to have a standby, and waits for none?
pub fn alone(archive: &Archive, waits: bool) -> bool {
    archive.bounds.synchronous_standby && !waits
}

/// Lets it run without, with a second person's leave, or makes it wait again.
pub async fn set(archive: &Archive, wish: &SetStandby) -> Result<Standby, Failure> {
    must_be_text("reason", &wish.reason)?;
    must_be_text("decided_by", &wish.decided_by)?;
    let mut connection = archive.people.connection().await?;
    let tx = connection.transaction().await?;
    standby::commit_locally(&tx).await?;
    let mut approved_by = None;
    if wish.alone {
        let action = actions::STAND_ALONE;
        approved_by = Some(use_up(archive, &tx, wish.approval, action).await??);
    }
    let done = Done {
        action: "standby",
        by: &wish.decided_by,
        approved_by: approved_by.as_deref(),
        reason: &wish.reason,
        details: json!({ "alone": wish.alone }),
    };
    audit(&tx, &done, archive.now()).await?;
    tx.commit().await?;
    // What follows cannot be part of a transaction. If it fails, the approval is used and the audit
    // says more than was done; whoever decided asks again.
    standby::wait(&connection, !wish.alone).await?;
    tracing::warn!(alone = wish.alone, "whether the archive waits for its standby was decided");
    let waits = standby::waits(&connection).await?;
    Ok(Standby { configured: archive.bounds.synchronous_standby, alone: alone(archive, waits) })
}
