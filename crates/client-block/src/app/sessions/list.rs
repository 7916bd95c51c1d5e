//! The customer's sessions.

use platform::Failure;

use super::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::session::Session;

/// The sessions that are alive, latest used first.
pub async fn list(block: &Block, who: &Authenticated) -> Result<Vec<Session>, Failure> {
    let connection = block.db.connection().await?;
    let mut sessions = store::session::live(&connection, &who.scope, block.clock.now()).await?;
    sessions.retain(|session| block.register.session_survives(&who.scope, session.generation));
    Ok(sessions)
}
