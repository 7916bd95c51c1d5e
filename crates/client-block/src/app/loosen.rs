//! Loosening: changes that would help a thief (protocol §6). One use case for all of them, because
//! they share a rule: once there is an archive each becomes a compare-and-set there under the
//! current generation. Until then they are local, behind the gate, and told to the outbox.

use common::{Generation, order_key};
use platform::Failure;
use platform::pg::Transaction;
use serde_json::json;
use uuid::Uuid;

use crate::block::{Block, Scope};
use crate::store;
use crate::store::outbox::Entity;

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
            Entity {
                kind: "device",
                id: device.to_string(),
                order_key: order_key::register(generation, 1),
                open: false,
                final_: false,
                payload: json!({
                    "secret_hash": hex::encode(secret_hash), "name": name, "created_at": now,
                }),
            }
        }
        Loosening::NewPassword { hash } => {
            let (epoch, version) = store::customer::set_password(tx, scope, hash).await?;
            credentials(generation, version, &json!({ "password_hash": hash, "epoch": epoch }))
        }
    };
    Ok(store::outbox::write(tx, scope, generation, &entity).await?)
}

/// The entity of a customer's credentials.
pub fn credentials(generation: Generation, version: i64, payload: &serde_json::Value) -> Entity {
    Entity {
        kind: "credentials",
        id: "credentials".to_owned(),
        order_key: order_key::register(generation, u64::try_from(version).unwrap_or(0)),
        open: false,
        final_: false,
        payload: payload.clone(),
    }
}
