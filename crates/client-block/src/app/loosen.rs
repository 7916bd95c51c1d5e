//! Loosening: changes that would help a thief (protocol §6). One use case for all of them, because
//! they share a rule: once there is an archive each becomes a compare-and-set there under the
//! current generation. Until then they are local, behind the gate, and told to the outbox.

use common::Generation;
use platform::Failure;
use platform::pg::Transaction;
use uuid::Uuid;

use super::entities;
use crate::block::{Block, Scope};
use crate::store;

/// A loosening change.
#[derive(Debug)]
pub enum Loosening<'a> {
    /// The customer has proved himself on a device: it needs no code any more.
    NewDevice {
        /// Its id.
        device: Uuid,
        /// What is kept of its secret.
        secret_hash: [u8; 32],
        /// In the customer's words.
        name: &'a str,
    },
    /// A new password; every session ends.
    NewPassword {
        /// argon2id, in PHC format.
        hash: &'a str,
    },
}

/// Applies a loosening behind the gate that the caller has entered.
pub async fn apply(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    change: Loosening<'_>,
) -> Result<(), Failure> {
    let entity = match change {
        Loosening::NewDevice { device, secret_hash, name } => {
            let now = block.clock.now();
            store::device::insert(tx, scope, device, &secret_hash, name, now).await?;
            entities::device(generation, device, (&secret_hash, name, now))
        }
        Loosening::NewPassword { hash } => {
            let set = store::customer::set_password(tx, scope, hash, generation).await?;
            entities::customer(generation, &set)
        }
    };
    Ok(store::outbox::write(tx, scope, generation, &entity).await?)
}
