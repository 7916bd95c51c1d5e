//! The copy of the register: rows are taken when they are newer (protocol §3).
//!
//! The router has no customers' data and so no gate to take: a row counts from the next ticket on.

use common::placement::{Adoption, Placement, adopt};
use common::problem::{Code, Refusal};
use common::wire::router::PlacementsAdopted;
use platform::Failure;

use crate::shared::Shared;
use crate::store::placements;

/// Takes over those rows that are newer than the copy's, first in the database, then in memory.
pub async fn take(shared: &Shared, rows: &[Placement]) -> Result<PlacementsAdopted, Failure> {
    for row in rows {
        let known = [Some(&row.home), Some(&row.owner), row.target.as_ref()];
        let unknown = known.into_iter().flatten().find(|name| shared.blocks.get(name).is_none());
        if let Some(name) = unknown {
            let detail = format!("the router knows no block {name}");
            return Err(Refusal::new(Code::InvalidRequest).field("rows", detail).into());
        }
    }
    let mut tx = shared.db.begin().await?;
    placements::lock(&mut tx).await?;
    let mut copy = placements::all(&mut tx).await?;
    let mut adopted = 0;
    for row in rows {
        let here = copy.iter().position(|known| known.home == row.home && known.slice == row.slice);
        if adopt(here.map(|at| &copy[at]), row) == Adoption::Known {
            continue;
        }
        placements::put(&mut tx, row).await?;
        adopted += 1;
        match here {
            Some(at) => copy[at] = row.clone(),
            None => copy.push(row.clone()),
        }
    }
    tx.commit().await?;
    let broken = |error: crate::register::TooManyHomes| Failure::Broken(error.to_string());
    shared.register.adopt(rows).map_err(broken)?;
    Ok(PlacementsAdopted { adopted, known: rows.len() - adopted })
}
