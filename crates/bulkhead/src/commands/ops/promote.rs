//! `promote`: a standby becomes the primary, in an administrator's name. Of the router's database
//! the router beside it leads then: by a compare-and-set at the archive first, so that the router
//! that led until now writes nothing more, and then the database (protocol §3).

use common::leading::RouterRow;
use common::wire::ops::{LeadRouter, Promotion, RouterView};
use serde_json::Value;

use super::{Operations, block};
use crate::commands::print_json;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::screen::say;
use crate::up::{promote as promote_standby, standby_of};

/// Promotes the standby of a database. What is half done is gone on with.
pub(crate) async fn promote(
    place: &Place,
    operations: &Operations,
    database: &str,
    reason: &str,
) -> Result<String> {
    let standby = standby_of(place, database).await?;
    let promotion = Promotion {
        database: block(database)?,
        from: standby.old,
        to: standby.new,
        reason: reason.to_owned(),
    };
    // No audit, no action.
    let _noted: Value = operations.post("/ops/v1/promotions", &promotion).await?;
    if let Some(router) = &standby.router {
        lead(operations, router, reason).await?;
    }
    promote_standby(place, database).await
}

/// Lets a router lead, if it does not.
async fn lead(operations: &Operations, router: &str, reason: &str) -> Result<()> {
    let view: RouterView = operations.get("/ops/v1/router").await?;
    let row = view.row.ok_or_else(|| {
        let text = "The archive has not said which router leads: without it none is promoted.";
        Failure::new("NO-ARCHIVE", text).mend("./bulkhead status")
    })?;
    let leader = block(router)?;
    if row.leader == leader {
        return Ok(());
    }
    let reason = reason.to_owned();
    let wish = LeadRouter { leader, expected: row.generation, reason };
    let _row: RouterRow = operations.post("/ops/v1/router/promotion", &wish).await?;
    Ok(())
}

pub(super) async fn run(
    place: &Place,
    operations: &Operations,
    database: &str,
    reason: &str,
    json: bool,
) -> Result<()> {
    let primary = promote(place, operations, database, reason).await?;
    if json {
        return print_json(&serde_json::json!({ "database": database, "primary": primary }));
    }
    promoted(database, &primary);
    Ok(())
}

/// Says what was done, and what is next.
pub(crate) fn promoted(database: &str, primary: &str) {
    say(format!("{primary} takes writes now; the old primary is stopped and barred."));
    say(format!(
        "Customers of what stands on it go on within a second or two, without a restart. Nothing \
         stands by for it until the old server is back: ./bulkhead heal {database}    # as a fresh \
         copy of {primary}",
    ));
}
