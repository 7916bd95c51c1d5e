//! Keeps the index as the database is: loads it once, then follows the feed of changes.
//!
//! It is the only writer of the index. A change made by this process wakes it, so that the answer
//! is given when the index has it; changes of other processes arrive with the next look. Without
//! its database the router goes on with what it has.

use std::sync::Arc;
use std::time::Duration;

use platform::Failure;
use platform::failure::chain;

use super::loader;
use crate::shared::Shared;
use crate::store::changes::{self, Change};

/// Follows until it is dropped.
pub async fn run(shared: Arc<Shared>) {
    let poll = Duration::from_millis(shared.config.follow.poll_ms);
    let rest = Duration::from_millis(shared.config.follow.rest_ms);
    let mut failing = false;
    loop {
        match round(&shared).await {
            Ok(Round::More) => failing = false,
            Ok(Round::Nothing) => {
                failing = false;
                tokio::select! {
                    () = tokio::time::sleep(poll) => {}
                    () = shared.feed.woken() => {}
                }
            }
            Ok(Round::NoSchema) => tokio::time::sleep(rest).await,
            Err(failure) => {
                if !failing {
                    let error = chain(&failure);
                    tracing::warn!(error, "the index cannot follow the database now");
                }
                failing = true;
                tokio::time::sleep(rest).await;
            }
        }
    }
}

enum Round {
    /// There may be more.
    More,
    /// The index is as the database is.
    Nothing,
    /// The database has no tables of this version yet.
    NoSchema,
}

async fn round(shared: &Shared) -> Result<Round, Failure> {
    let Some(position) = shared.feed.position() else {
        shared.ready.set(false);
        if !loader::load(shared).await? {
            return Ok(Round::NoSchema);
        }
        shared.ready.set(true);
        return Ok(Round::More);
    };
    let limit = shared.config.follow.batch;
    let mut connection = shared.db.acquire().await?;
    let Some(found) = changes::after(&mut connection, position, limit).await? else {
        tracing::warn!(position, "the feed was pruned beyond this index; loading anew");
        shared.feed.set_position(None);
        return Ok(Round::More);
    };
    drop(connection);
    let Some(last) = found.last().map(|change| change.number) else {
        return Ok(Round::Nothing);
    };
    // What fails or panics on the way leaves half of a change in the index: then it is loaded anew.
    shared.feed.set_position(None);
    found.iter().try_for_each(|change| apply(shared, change))?;
    shared.feed.set_position(Some(last));
    Ok(Round::More)
}

/// The old keys go before the new ones come, each key once: see [`crate::index::Index::insert`].
fn apply(shared: &Shared, change: &Change) -> Result<(), Failure> {
    if let Some((login, phone)) = &change.before {
        for key in [login, phone] {
            let removed = shared.index.remove(key, change.now.id);
            removed.map_err(|error| Failure::Broken(error.to_string()))?;
        }
    }
    loader::add(shared, &change.now)
}
