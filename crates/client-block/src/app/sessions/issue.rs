//! A new session: its row, its token, its line in the outbox.

use common::Generation;
use common::fingerprint::sha256;
use common::join::session::Epoch;
use platform::pg::Transaction;
use platform::{Failure, random};
use uuid::Uuid;

use super::Channel;
use crate::app::entities;
use crate::app::streams::archived;
use crate::block::Block;
use crate::config::ms;
use crate::store;
use crate::store::customer::Customer;
use crate::store::session::Session;

/// What the client gets: the token is told once and kept nowhere.
#[derive(Debug)]
pub struct Issued {
    /// The session.
    pub session: Session,
    /// The secret that opens it.
    pub token: String,
    /// The secret of a device that was added just now.
    pub device_token: Option<String>,
    /// The customer's name, to greet him.
    pub name: String,
    /// The hashes of the tokens of older sessions that ended for this one, to be forgotten by
    /// Redis once this is committed.
    pub ended: Vec<String>,
    /// The line of the outbox that tells of it.
    pub(super) line: i64,
    /// The archive has it: it survives this block.
    pub durable: bool,
}

impl Issued {
    /// Waits, once it is committed, until the archive has it; as long as an answer may.
    pub(super) async fn secured(mut self, block: &Block) -> Self {
        let patience = ms(block.config.archive.accept_wait_ms);
        self.durable = archived::wait(block, self.line, patience).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "whether the archive has a session is not known");
            false
        });
        self
    }
}

/// Opens a session for a customer who has proved himself, within the caller's transaction.
pub(super) async fn issue(
    block: &Block,
    tx: &Transaction<'_>,
    generation: Generation,
    customer: &Customer,
    channel: Channel,
    device: (Uuid, String),
) -> Result<Issued, Failure> {
    let limits = &block.config.sessions;
    let now = block.clock.now();
    let token = random::token();
    let token_hash = sha256(token.as_bytes());
    let session = Session {
        session_id: random::uuid(),
        token_hash: hex::encode(token_hash),
        customer: customer.scope.customer,
        home: customer.scope.home.clone(),
        channel: channel.as_str().to_owned(),
        device_id: device.0,
        device_name: device.1,
        opened_at: now,
        generation,
        epoch: counter(customer.epoch),
        epoch_generation: customer.epoch.generation,
        version: 1,
        seen_at: now,
        idle_until: now.plus_s(limits.idle_s + limits.idle_s / 4),
        expires_at: now.plus_s(limits.absolute_s),
        revoked_at: None,
        present_epoch: counter(customer.epoch),
        present_epoch_generation: customer.epoch.generation,
        loaded: customer.loaded,
        loosening: false,
        proved: Generation(0),
        proof_from: Generation(0),
    };
    store::session::insert(tx, &session, &token_hash).await?;
    let entity = entities::session(generation, &session);
    let line = store::outbox::write_line(tx, &customer.scope, generation, &entity).await?;
    let mut ended = Vec::new();
    for oldest in store::session::beyond(tx, &customer.scope, limits.per_customer_max).await? {
        let revoked = store::session::revoke(tx, &customer.scope, oldest, now).await?;
        if let Some((session, token_hash)) = revoked {
            write(tx, generation, &session).await?;
            ended.push(token_hash);
        }
    }
    metrics::counter!("sessions_opened_total").increment(1);
    let name = customer.name.clone();
    Ok(Issued { session, token, device_token: None, name, ended, line, durable: false })
}

fn counter(epoch: Epoch) -> i64 {
    i64::try_from(epoch.counter).unwrap_or(i64::MAX)
}

/// Tells the archive of a session. The token's hash goes along, so that a backup knows it.
pub(super) async fn write(
    tx: &Transaction<'_>,
    generation: Generation,
    session: &Session,
) -> Result<(), Failure> {
    let entity = entities::session(generation, session);
    Ok(store::outbox::write(tx, &session.scope(), generation, &entity).await?)
}
