//! The first rows of the register: every slice of every home is served by its home.
//!
//! Each block that serves customers, and the router, holds a copy. A copy takes only rows with a
//! higher revision than its own, so seeding again never undoes a move.

use common::ids::BlockName;
use common::placement::Placement;
use common::placement::slice::SliceId;
use common::wire::router::{Placements, PlacementsAdopted};
use platform::rpc::{Idempotent, Request};
use tokio::time::{Duration, Instant, sleep};

use super::Ground;
use crate::failure::{Failure, Result};
use crate::secrets::LAUNCHER;
use crate::services::Services;
use crate::supervisor::client::LOOK_EVERY;
use crate::topology::ports::Listener;
use crate::topology::{Block, Role};

/// How long a freshly started process may take to accept the rows.
const WITHIN: Duration = Duration::from_mins(1);
/// How long one attempt may take.
const CALL_WITHIN: Duration = Duration::from_secs(5);

/// Hands the first rows to every copy.
pub(super) async fn seed(ground: &Ground) -> Result<String> {
    let homes = first_rows(ground)?;
    let services = Services::of(&ground.place)?;
    let mut adopted = 0;
    for block in &ground.topology.blocks {
        let Some((listener, path)) = register_of(block) else {
            continue;
        };
        let port = ground.ports().of(block, block.role, listener);
        let url = format!("http://127.0.0.1:{port}");
        // A block's own rows first: as soon as a process has any, it counts itself ready.
        let (own, others): (Vec<_>, Vec<_>) =
            homes.iter().partition(|(home, _)| *home == block.name);
        for (_, rows) in own.into_iter().chain(others) {
            adopted += put(&services, &url, path, rows).await?;
        }
    }
    Ok(if adopted > 0 { format!("{adopted} rows") } else { String::new() })
}

fn register_of(block: &Block) -> Option<(Listener, &'static str)> {
    match block.role {
        Role::Router => Some((Listener::Ops, "/ops/v1/placements")),
        role if role.is_home() => Some((Listener::Internal, "/internal/v1/placements")),
        _ => None,
    }
}

/// One batch a home: all rows at once are more than a service takes in one body.
fn first_rows(ground: &Ground) -> Result<Vec<(String, Placements)>> {
    let batch = |home: &Block| {
        let name = BlockName::try_from(home.name.clone())
            .map_err(|error| Failure::new("UP-TOPOLOGY", format!("{error}.")))?;
        let row = |slice| Placement::first(name.clone(), slice, LAUNCHER);
        let rows = SliceId::all().map(row).collect();
        Ok((home.name.clone(), Placements { rows }))
    };
    ground.topology.homes().map(batch).collect()
}

/// The processes have only just been started: a refusal now may be a yes in a moment.
async fn put(services: &Services, url: &str, path: &str, rows: &Placements) -> Result<usize> {
    let deadline = Instant::now() + WITHIN;
    loop {
        let request = Request::<Idempotent>::put(path, rows);
        match services.call::<PlacementsAdopted, _>(url, request, CALL_WITHIN).await {
            Ok(answer) => return Ok(answer.adopted),
            Err(failure) if Instant::now() >= deadline => {
                let sentence = format!("{url} does not take the slices: {}", failure.sentence());
                return Err(Failure::new("UP-PLACEMENTS", sentence).mend("make up"));
            }
            Err(_not_yet) => sleep(LOOK_EVERY).await,
        }
    }
}
