//! Reads the whole directory and the register into memory, as of one moment.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use platform::{Failure, random};

use crate::decoys::Decoys;
use crate::shared::Shared;
use crate::store::customers::Indexed;
use crate::store::{changes, customers, placements, schema, secrets, without_time_limit};

/// Loads everything; afterwards the index is followed from where this moment was. `false` while
/// the schema is not there yet.
pub async fn load(shared: &Shared) -> Result<bool, Failure> {
    let mut connection = shared.db.acquire().await?;
    if !schema::is_current(&mut connection).await? {
        return Ok(false);
    }
    let secret = secrets::decoy(&mut connection, &random::bytes()).await?;
    drop(connection);
    let started = shared.now();
    // One snapshot: the feed's position belongs exactly to the rows that are read.
    let mut tx = shared.db.begin_with("begin isolation level repeatable read read only").await?;
    without_time_limit(&mut tx).await?;
    let position = changes::last(&mut tx).await?;
    let rows = placements::all(&mut tx).await?;
    let life = placements::life(&mut tx).await?;
    shared.index.clear(customers::count(&mut tx).await?);
    let mut loaded = 0_u64;
    {
        let mut stream = pin!(customers::stream(&mut tx));
        while let Some(customer) = stream.try_next().await? {
            add(shared, &customer)?;
            loaded += 1;
        }
    }
    tx.commit().await?;
    let too_many = |error: crate::register::TooManyHomes| Failure::Broken(error.to_string());
    shared.register.adopt(&rows).map_err(too_many)?;
    if let (Some(archive), Some(life)) = (&shared.archive, life) {
        archive.answers(life);
    }
    // A second load finds the same secret: it never changes.
    let decoys = shared.decoys.get_or_init(|| Decoys::new(&secret));
    drop(decoys.clone());
    shared.feed.set_position(Some(position));
    let took_ms = shared.now().ms_since(started);
    let (bytes, rows) = (shared.index.bytes(), rows.len());
    tracing::info!(customers = loaded, rows, bytes, took_ms, "directory and register loaded");
    Ok(true)
}

/// Puts a customer who is not there yet into the index.
pub fn add(shared: &Shared, customer: &Indexed) -> Result<(), Failure> {
    let Indexed { id, login, phone, home, cohort } = customer;
    let broken = |text: String| Failure::Broken(text);
    let home = home.parse().map_err(|error| broken(format!("home of customer {id}: {error}")))?;
    let home = shared.register.number(&home).map_err(|error| broken(error.to_string()))?;
    let index = &shared.index;
    index
        .set_home(*id, home, *cohort)
        .and_then(|()| index.insert(login, *id))
        .and_then(|()| index.insert(phone, *id))
        .map_err(|error| broken(error.to_string()))
}
