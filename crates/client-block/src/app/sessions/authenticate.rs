//! Who is asking: from a token to a customer who may be served here, under which generation.

use common::block::access::Access;
use common::block::start::Phase;
use common::fingerprint::sha256;
use common::problem::Code;
use common::{Generation, Timestamp};
use platform::pg::Transaction;
use platform::{Failure, StoreError};
use uuid::Uuid;

use super::Channel;
use super::issue;
use crate::app::gate;
use crate::app::load::served::served;
use crate::app::register::answer;
use crate::block::{Block, Scope};
use crate::config::ms;
use crate::store;
use crate::store::session::Session;

/// A customer with a live session, admitted at this block.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Whose data he may touch.
    pub scope: Scope,
    /// His session.
    pub session_id: Uuid,
    /// The generation under which this block serves him.
    pub generation: Generation,
    /// The hash of his token (hexadecimal): the key of the session in Redis.
    pub token_hash: String,
    /// His session is from before a forced move: he pays nothing before another proof.
    pub proof_due: bool,
}

impl Authenticated {
    /// Asks again within a transaction that changes something: the look-up may have come from
    /// Redis and be a few seconds old. Enters the gate, so it comes first in the transaction.
    pub async fn enter(&self, block: &Block, tx: &Transaction<'_>) -> Result<Generation, Failure> {
        let (generation, row) = gate::enter_with_row(block, tx, &self.scope).await?;
        let now = block.clock.now();
        let session = store::session::one(tx, &self.scope, self.session_id).await?;
        if session.is_some_and(|session| session.life().is_live(&row, now)) {
            Ok(generation)
        } else {
            Err(Code::SessionExpired.into())
        }
    }
}

/// Authenticates a request.
pub async fn authenticate(
    block: &Block,
    channel: Channel,
    token: &str,
) -> Result<Authenticated, Failure> {
    let hash = sha256(token.as_bytes());
    let token_hash = hex::encode(hash);
    let mut session = match cached(block, &token_hash).await {
        Some(session) => session,
        None => found(block, &hash, &token_hash).await?,
    };
    if session.channel != channel.as_str() {
        return Err(Code::Unauthenticated.into());
    }
    let now = block.clock.now();
    let scope = session.scope();
    let serving = block.upkeep.phase() == Phase::Serving;
    let access = block.register.access(&block.name, &scope, None, session.loaded);
    let generation = match access {
        Access::Serve(generation) if serving && !session.loosening => generation,
        Access::Elsewhere(_) | Access::Superseded | Access::Sealed => answer(&access)?,
        // What was remembered of the session may be from before a load.
        _ => {
            let generation = served(block, &scope, None).await?;
            session = found(block, &hash, &token_hash).await?;
            generation
        }
    };
    if !block.register.session_lives(&session, now) {
        return Err(Code::SessionExpired.into());
    }
    if is_due(block, &session, now) {
        touch(block, &session, &token_hash, now).await?;
    }
    let (session_id, proof_due) = (session.session_id, session.needs_proof());
    Ok(Authenticated { scope, session_id, generation, token_hash, proof_due })
}

/// Where Redis keeps a session.
pub fn cache_key(token_hash: &str) -> String {
    format!("session:{token_hash}")
}

async fn cached(block: &Block, token_hash: &str) -> Option<Session> {
    let bytes = block.cache.get(&cache_key(token_hash)).await?;
    serde_json::from_slice(&bytes).ok()
}

/// The session with this token, from the database.
async fn found(block: &Block, hash: &[u8; 32], token_hash: &str) -> Result<Session, Failure> {
    let session = look_up(block, hash).await?.ok_or(Code::Unauthenticated)?;
    remember(block, token_hash, &session).await;
    Ok(session)
}

/// The session with this token, if there is one.
pub(super) async fn look_up(block: &Block, hash: &[u8; 32]) -> Result<Option<Session>, Failure> {
    let connection = block.db.connection().await?;
    Ok(store::session::find(&connection, hash).await?)
}

pub(super) async fn remember(block: &Block, token_hash: &str, session: &Session) {
    let Ok(bytes) = serde_json::to_vec(session) else {
        return;
    };
    block.cache.put(&cache_key(token_hash), &bytes, ms(block.config.sessions.cache_ms)).await;
}

/// Is it a quarter of the idle limit since the session was last written down as used?
fn is_due(block: &Block, session: &Session, now: Timestamp) -> bool {
    now.ms_since(session.seen_at) > block.config.sessions.idle_s * 1_000 / 4
}

async fn touch(
    block: &Block,
    session: &Session,
    token_hash: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let idle = block.config.sessions.idle_s;
    let scope = session.scope();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let (generation, row) = gate::enter_with_row(block, &tx, &scope).await?;
    // A quarter more: the next use is written down only after a quarter.
    let idle_until = now.plus_s(idle + idle / 4);
    let touched = store::session::touch(&tx, &scope, session.session_id, now, idle_until).await?;
    let session =
        touched.filter(|session| session.life().is_live(&row, now)).ok_or(Code::SessionExpired)?;
    issue::write(&tx, generation, &session).await?;
    tx.commit().await.map_err(StoreError::from)?;
    remember(block, token_hash, &session).await;
    Ok(())
}
