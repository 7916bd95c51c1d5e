//! Loading whoever does not show up, slice by slice, in the background: customers with something
//! open first (protocol §6). Its rate is capped: a customer who waits goes before (A11).

use std::collections::HashMap;
use std::time::Duration;

use common::block::access::Access;
use common::gateway::JournalAnswer;
use common::placement::Placement;
use common::wire::archive::{Page, SliceQuery};
use common::{BlockName, CustomerId, Generation, SliceId};
use platform::Failure;

use super::fetch::{self, Group, ask_journal};
use super::join::join_journal;
use super::{Outcome, archive};
use crate::app::gate;
use crate::block::{Block, Scope};
use crate::store;
use crate::store::joining;

/// Which slices are known to be loaded as a whole, and under which generation.
#[derive(Debug, Default)]
pub struct Complete {
    slices: HashMap<(BlockName, SliceId), Generation>,
}

impl Complete {
    /// Is everybody of the row's slice loaded who has to be?
    pub fn has(&self, row: &Placement) -> bool {
        let known = self.slices.get(&(row.home.clone(), row.slice));
        known.is_some_and(|since| *since >= row.owner_since)
    }
}

/// Looks through the slices that are ours once, and loads who is missing.
pub async fn round(block: &Block, complete: &mut Complete) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let rows = store::placement::all(&connection).await?;
    drop(connection);
    let mut left = Vec::new();
    for row in rows {
        // What nobody else has ever served has nothing to be loaded.
        let foreign = row.owner_since > Generation(1);
        if row.owner == block.name && foreign && !complete.has(&row) {
            left.push(row);
        }
    }
    // Whoever has something open first, in all slices; then everybody.
    for open_only in [true, false] {
        for row in &left {
            let all = slice(block, row, open_only).await?;
            if all && !open_only {
                complete.slices.insert((row.home.clone(), row.slice), row.owner_since);
            }
        }
    }
    Ok(())
}

/// Loads the missing customers of a slice. Says whether nobody is missing any more.
async fn slice(block: &Block, row: &Placement, open_only: bool) -> Result<bool, Failure> {
    let (mut after, mut all) = (CustomerId(0), true);
    loop {
        let query = SliceQuery {
            home: row.home.clone(),
            slice: row.slice,
            after,
            open_only,
            limit: block.config.loading.background_page,
        };
        let page: Page = archive::ask(block, "/v1/slices/customers", &query).await?;
        let Some(last) = page.customers.last() else { break };
        after = *last;
        all &= missing(block, row, &page.customers).await?;
    }
    if !open_only {
        // Those whom the archive has never heard of.
        let connection = block.db.connection().await?;
        let most = i64::from(block.config.loading.background_page);
        let since = row.owner_since;
        let here = joining::not_loaded(&connection, (&row.home, row.slice), since, most).await?;
        drop(connection);
        if !here.is_empty() {
            all &= missing(block, row, &here).await?
                && here.len() < usize::try_from(most).unwrap_or(0);
        }
    }
    Ok(all)
}

async fn missing(
    block: &Block,
    row: &Placement,
    customers: &[CustomerId],
) -> Result<bool, Failure> {
    let connection = block.db.connection().await?;
    let here = joining::loaded_since(&connection, &row.home, customers, row.owner_since).await?;
    drop(connection);
    let missing: Vec<CustomerId> =
        customers.iter().filter(|id| !here.contains(id)).copied().collect();
    let bounds = &block.config.loading;
    let mut all = true;
    for part in missing.chunks(bounds.batch) {
        let group = Group {
            home: row.home.clone(),
            slice: row.slice,
            generation: row.generation,
            ask: false,
            customers: part.to_vec(),
        };
        let done = fetch::load(block, &group).await?;
        let loaded = done.iter().filter(|(_, outcome)| *outcome == Outcome::Loaded).count();
        all &= loaded == part.len();
        let pause = part.len() as u64 * 1_000 / u64::from(bounds.background_per_second);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    Ok(all)
}

/// Asks again for the journals of those who were loaded while the gateway was away.
pub async fn fence(block: &Block) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let most = i64::try_from(block.config.loading.batch).unwrap_or(100);
    let unfenced: Vec<Scope> = joining::unfenced(&connection, most).await?;
    drop(connection);
    for scope in unfenced {
        if block.gateway.rests() {
            return Ok(());
        }
        let connection = block.db.connection().await?;
        let standing = store::placement::standing(&connection, &scope).await?;
        drop(connection);
        let Access::Serve(generation) = standing.access(&block.name, None) else { continue };
        match ask_journal(block, scope.customer, generation, None).await {
            Ok(JournalAnswer::Entries { entries, .. }) => {
                join_journal(block, &scope, generation, &entries).await?;
            }
            Ok(JournalAnswer::StaleGeneration { fence }) => {
                gate::close(block, &scope, fence).await?;
            }
            Err(error) => {
                tracing::debug!(%error, "still without the gateway's journal");
                return Ok(());
            }
        }
    }
    Ok(())
}
