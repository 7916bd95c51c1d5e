//! Which router leads: promoting one is a compare-and-set, and what a router does here it does
//! under the row's generation (protocol §3).

use common::Generation;
use common::leading::{NotPromoted, RouterRow, is_obeyed, promote as decide};
use common::problem::{Code, Refusal};
use common::wire::archive::PromoteRouter;
use platform::Failure;
use platform::pg::Transaction;
use serde_json::json;

use super::approvals::must_be_text;
use super::lives::enter;
use crate::archive::Archive;
use crate::store::moves::{Done, audit};
use crate::store::router;

/// The services that route.
pub const ROUTERS: [&str; 2] = ["router", "router-backup"];

/// Who asks for something that only a router which is not superseded may do.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The service.
    pub service: &'a str,
    /// Under which generation of the router's row, if it is a router.
    pub carried: Option<Generation>,
}

/// Refuses a router of an older generation; the row is held until the transaction has ended, so
/// that nothing of an older router comes after a promotion.
pub async fn must_be_obeyed(tx: &Transaction<'_>, asker: Asker<'_>) -> Result<(), Failure> {
    if !ROUTERS.contains(&asker.service) {
        return Ok(());
    }
    let row = router::share(tx).await?;
    if is_obeyed(row.generation, asker.carried) {
        return Ok(());
    }
    Err(superseded(&row))
}

fn superseded(row: &RouterRow) -> Failure {
    let detail = format!(
        "{} leads since generation {}: ask it; a router of an older generation only routes.",
        row.leader, row.generation
    );
    Refusal::new(Code::RouterSuperseded).detail(detail).into()
}

/// Who leads.
pub async fn read(archive: &Archive) -> Result<RouterRow, Failure> {
    let connection = archive.db.connection().await?;
    Ok(router::read(&connection).await?)
}

/// Makes a router the one that leads. A repetition of what was done is no error.
pub async fn promote(archive: &Archive, wish: &PromoteRouter) -> Result<RouterRow, Failure> {
    must_be_text("reason", &wish.reason)?;
    must_be_text("decided_by", &wish.decided_by)?;
    if !ROUTERS.contains(&wish.leader.as_str()) {
        let detail = format!("must be one of: {}", ROUTERS.join(", "));
        return Err(Refusal::new(Code::InvalidRequest).field("leader", detail).into());
    }
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    enter(&tx).await?.must_have_recovered()?;
    let row = router::hold(&tx).await?;
    let why = (wish.reason.as_str(), wish.decided_by.as_str());
    let next = match decide(&row, wish.expected, &wish.leader, why) {
        Ok(next) => next,
        Err(NotPromoted::Leads) => return Ok(row),
        Err(NotPromoted::Changed) if row.leader == wish.leader => return Ok(row),
        Err(NotPromoted::Changed) => return Err(superseded(&row)),
    };
    let now = archive.now();
    router::put(&tx, &next, now).await?;
    let done = Done {
        action: "promote router",
        by: &wish.decided_by,
        approved_by: None,
        reason: &wish.reason,
        details: json!({ "from": row.leader, "to": next.leader, "generation": next.generation }),
    };
    audit(&tx, &done, now).await?;
    tx.commit().await?;
    tracing::warn!(leader = %next.leader, generation = %next.generation, "another router leads");
    Ok(next)
}
