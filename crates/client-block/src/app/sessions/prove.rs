//! Another proof than the token: after a forced move a session that goes on may read, and its first
//! payment or loosening needs one (protocol §6). That it was ended may have been known to the lost
//! block alone. The code that confirms an operation will do; a new password asks for the old one.

use common::Generation;
use common::problem::Code;
use platform::Failure;
use platform::pg::Transaction;

use super::authenticate::{Authenticated, remember};
use super::issue;
use crate::block::Block;
use crate::store;
use crate::store::session::Session;

/// Writes down that the customer has proved himself, where that was due. The session goes to
/// [`told`] once it is committed.
pub async fn prove(
    tx: &Transaction<'_>,
    who: &Authenticated,
    generation: Generation,
) -> Result<Option<Session>, Failure> {
    if !who.proof_due {
        return Ok(None);
    }
    let proved = store::session::prove(tx, &who.scope, who.session_id, generation).await?;
    let session = proved.ok_or(Code::SessionExpired)?;
    issue::write(tx, generation, &session).await?;
    Ok(Some(session))
}

/// The block's other processes hear of it.
pub async fn told(block: &Block, who: &Authenticated, session: Option<Session>) {
    if let Some(session) = session {
        remember(block, &who.token_hash, &session).await;
        metrics::counter!("sessions_proved_total").increment(1);
    }
}
