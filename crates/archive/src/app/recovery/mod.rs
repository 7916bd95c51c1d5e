//! What a new life of the archive's database does before it decides anything (protocol §4): it
//! hears blocks, routers and the gateway, then sets every row so far above all of them that nothing
//! which was issued before can be issued again.

mod finish;

use std::time::Duration;

use common::placement::recovery::Heard;
use common::problem::{Code, Refusal};
use common::wire::archive::{ExcuseWitness, Witness, Witnessed, actions};
use common::wire::gateway::HighestFence;
use platform::Failure;
use platform::pg::Transaction;
use platform::rpc::Request;
use serde_json::json;

pub use finish::finish;

use super::approvals::{must_be_text, use_up};
use super::lives::{Entered, enter};
use crate::archive::Archive;
use crate::store::moves::{Done, audit};
use crate::store::witness::{self, Testimony};

/// Takes a copy of the register. One that was meant for another life counts for nothing.
pub async fn hear(archive: &Archive, service: &str, given: &Witness) -> Result<Witnessed, Failure> {
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    if entered.recovering && given.life == entered.life {
        let of = (&entered.life, service);
        witness::put_copy(&tx, of, &given.rows, given.resent, archive.now()).await?;
    }
    let witnessed = witnessed(archive, &tx, entered).await?;
    tx.commit().await?;
    Ok(witnessed)
}

/// Who is still missing.
pub async fn read(archive: &Archive) -> Result<Witnessed, Failure> {
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    witnessed(archive, &tx, entered).await
}

/// Two persons do without a witness.
pub async fn excuse(archive: &Archive, wish: &ExcuseWitness) -> Result<Witnessed, Failure> {
    must_be_text("reason", &wish.reason)?;
    must_be_text("decided_by", &wish.decided_by)?;
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    if !witnessed(archive, &tx, entered).await?.missing.contains(&wish.service) {
        let detail = "The archive does not wait for this service.";
        return Err(Refusal::new(Code::InvalidRequest).detail(detail).into());
    }
    let action = actions::excuse(&wish.service);
    let approved_by = use_up(archive, &tx, wish.approval, &action).await??;
    let by = (wish.decided_by.as_str(), approved_by.as_str());
    witness::excuse(&tx, (&entered.life, &wish.service), by, archive.now()).await?;
    let done = Done {
        action: "excuse",
        by: &wish.decided_by,
        approved_by: Some(&approved_by),
        reason: &wish.reason,
        details: json!({ "service": wish.service, "life": entered.life }),
    };
    audit(&tx, &done, archive.now()).await?;
    let witnessed = witnessed(archive, &tx, entered).await?;
    tx.commit().await?;
    tracing::warn!(service = wish.service, "the archive recovers without this witness");
    Ok(witnessed)
}

async fn witnessed(
    archive: &Archive,
    tx: &Transaction<'_>,
    entered: Entered,
) -> Result<Witnessed, Failure> {
    let Entered { life, recovering } = entered;
    let missing =
        if recovering { missing(archive, &witness::all(tx, &life).await?) } else { Vec::new() };
    Ok(Witnessed { life, recovering, missing })
}

/// Services that have yet to be heard or excused.
fn missing(archive: &Archive, heard: &[Testimony]) -> Vec<String> {
    let is_missing = |service: &&String| {
        let found = heard.iter().find(|testimony| testimony.service == **service);
        let heard = found.map_or(Heard::No, |testimony| testimony.heard(is_block(service)));
        heard == Heard::No
    };
    archive.witnesses.iter().filter(is_missing).cloned().collect()
}

/// Witnesses that write streams.
fn is_block(service: &str) -> bool {
    !matches!(service, "router" | "router-backup" | GATEWAY)
}

/// The witness that is asked for its fences.
pub const GATEWAY: &str = "gateway";

/// Does the archive's part of its recovery: asks the gateway, and sets the rows once everybody was
/// heard. Nothing to do for one that has recovered.
pub async fn go_on(archive: &Archive) -> Result<(), Failure> {
    let Witnessed { life, recovering, missing } = {
        let mut connection = archive.own.connection().await?;
        let tx = connection.transaction().await?;
        let entered = enter(&tx).await?;
        witnessed(archive, &tx, entered).await?
    };
    if !recovering {
        return Ok(());
    }
    if let Some(gateway) = archive.gateway.as_ref().filter(|_| missing.iter().any(|m| m == GATEWAY))
    {
        let within = Duration::from_millis(archive.bounds.gateway_ms);
        let fence: HighestFence = gateway.call(Request::get("/v1/fences"), within).await?;
        let mut connection = archive.own.connection().await?;
        let tx = connection.transaction().await?;
        if enter(&tx).await?.life == life {
            witness::put_fence(&tx, (&life, GATEWAY), fence.highest, archive.now()).await?;
            tx.commit().await?;
        }
    }
    finish(archive).await
}
