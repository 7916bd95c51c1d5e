//! The first rows of the register: every slice of every home is served by its home.
//!
//! They are given to the archive, which ignores rows it has; blocks and routers read them there. So
//! seeding again never undoes a move.

use common::ids::BlockName;
use common::placement::Placement;
use common::placement::slice::SliceId;
use common::wire::router::Placements;
use platform::rpc::{Idempotent, Request};
use serde_json::Value;
use tokio::time::{Duration, Instant, sleep};

use super::Ground;
use crate::failure::{Failure, Result};
use crate::secrets::LAUNCHER;
use crate::services::Services;
use crate::supervisor::client::LOOK_EVERY;
use crate::topology::ports::Listener;
use crate::topology::{Block, Role};

/// How long a freshly started archive may take to accept the rows.
const WITHIN: Duration = Duration::from_mins(1);
/// How long one attempt may take.
const CALL_WITHIN: Duration = Duration::from_secs(5);

/// Gives the archive the first rows. A bank without an archive has no register.
pub(super) async fn seed(ground: &Ground) -> Result<String> {
    let Some(archive) = ground.sources().address_of(Role::Archive, Listener::Internal) else {
        return Ok(String::new());
    };
    let services = Services::of(&ground.place)?;
    for rows in first_rows(ground)? {
        put(&services, &archive, &rows).await?;
    }
    Ok(String::new())
}

/// One batch a home: all rows at once are more than a service takes in one body.
fn first_rows(ground: &Ground) -> Result<Vec<Placements>> {
    let batch = |home: &Block| {
        let name = BlockName::try_from(home.name.clone())
            .map_err(|error| Failure::new("UP-TOPOLOGY", format!("{error}.")))?;
        let row = |slice| Placement::first(name.clone(), slice, LAUNCHER);
        Ok(Placements { rows: SliceId::all().map(row).collect() })
    };
    ground.topology.homes().map(batch).collect()
}

/// The archive has only just been started: a refusal now may be a yes in a moment.
async fn put(services: &Services, url: &str, rows: &Placements) -> Result<()> {
    let deadline = Instant::now() + WITHIN;
    loop {
        let request = Request::<Idempotent>::put("/v1/register/first", rows);
        match services.call::<Value, _>(url, request, CALL_WITHIN).await {
            Ok(_answer) => return Ok(()),
            Err(failure) if Instant::now() >= deadline => {
                let why = failure.sentence();
                let sentence = format!("The archive does not take the first slices: {why}");
                return Err(Failure::new("UP-PLACEMENTS", sentence).mend("make up"));
            }
            Err(_not_yet) => sleep(LOOK_EVERY).await,
        }
    }
}
