//! Sign out: one session, or all of them. Always local and at once: tightening is deny-wins (I9).

use common::problem::Code;
use platform::Failure;
use uuid::Uuid;

use super::authenticate::{Authenticated, cache_key};
use super::issue;
use crate::app::entities;
use crate::block::Block;
use crate::store;

/// Revokes one of the customer's sessions, his own included.
pub async fn one(block: &Block, who: &Authenticated, session: Uuid) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let now = block.clock.now();
    let revoked = store::session::revoke(&tx, &who.scope, session, now).await?;
    let (session, token_hash) = revoked.ok_or(Code::SessionUnknown)?;
    issue::write(&tx, generation, &session).await?;
    tx.commit().await?;
    block.cache.forget(&cache_key(&token_hash)).await;
    Ok(())
}

/// Ends every session of the customer, on every device, by raising his epoch.
pub async fn all(block: &Block, who: &Authenticated) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let hashes = store::session::token_hashes(&connection, &who.scope).await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let customer = store::customer::raise_epoch(&tx, &who.scope, generation).await?;
    let entity = entities::epoch(customer.epoch);
    store::outbox::write(&tx, &who.scope, generation, &entity).await?;
    tx.commit().await?;
    forget(block, &hashes).await;
    Ok(())
}

/// Removes sessions from Redis.
pub async fn forget(block: &Block, token_hashes: &[String]) {
    for hash in token_hashes {
        block.cache.forget(&cache_key(hash)).await;
    }
}
