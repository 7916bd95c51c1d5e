//! The register as others read it, and its first rows.

use common::placement::Placement;
use common::wire::archive::{Register, RegisterQuery};
use common::wire::router::{Placements, PlacementsAdopted};
use platform::Failure;

use super::lives::{Entered, enter, meet};
use super::standby;
use crate::archive::Archive;
use crate::store::placement::Hold;
use crate::store::{self, batch, block_life, placement, router};

/// The rows, or those that changed, and what the archive says of itself and of the asker.
pub async fn read(archive: &Archive, query: &RegisterQuery) -> Result<Register, Failure> {
    let mut connection = archive.db.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    let (mut outlived, mut earlier, mut head) = (false, false, None);
    if let Some(stream) = &query.stream {
        outlived = meet(archive, &tx, stream).await?;
        earlier = block_life::has_earlier(&tx, &stream.block, &stream.incarnation).await?;
        head = batch::head(&tx, stream).await?;
    }
    // The version first: a row that changes in between is given now and once more.
    let version = placement::version(&tx).await?;
    let rows = placement::since(&tx, query.since.unwrap_or(0)).await?;
    let alone = standby::alone(archive, store::standby::waits(&tx).await?);
    let router = Some(router::read(&tx).await?);
    tx.commit().await?;
    let Entered { life, recovering } = entered;
    Ok(Register { life, recovering, version, rows, outlived, earlier, head, alone, router })
}

/// Seeds the first rows: those that are absent. Nothing else of a row is changed without a
/// compare-and-set.
pub async fn seed(archive: &Archive, first: &Placements) -> Result<PlacementsAdopted, Failure> {
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    enter(&tx).await?.must_have_recovered()?;
    let version = placement::next_version(&tx).await?;
    let places: Vec<_> = first.rows.iter().map(|row| (row.home.clone(), row.slice)).collect();
    let known = placement::lock(&tx, &places, Hold::Shared).await?;
    let absent = |row: &&Placement| !known.contains_key(&(row.home.clone(), row.slice));
    let new: Vec<&Placement> = first.rows.iter().filter(absent).collect();
    if !new.is_empty() {
        placement::put(&tx, &new, version, archive.now()).await?;
        tx.commit().await?;
        tracing::info!(rows = new.len(), "first rows of the register");
    }
    Ok(PlacementsAdopted { adopted: new.len(), known: known.len() })
}
