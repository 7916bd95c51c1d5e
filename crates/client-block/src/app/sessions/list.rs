//! The customer's sessions.

use platform::Failure;

use super::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::session::Session;

/// The sessions that are alive, latest used first.
pub async fn list(block: &Block, who: &Authenticated) -> Result<Vec<Session>, Failure> {
    let connection = block.db.connection().await?;
    let mut sessions = store::session::unrevoked(&connection, &who.scope).await?;
    let now = block.clock.now();
    sessions.retain(|session| block.register.session_lives(session, now));
    Ok(sessions)
}
