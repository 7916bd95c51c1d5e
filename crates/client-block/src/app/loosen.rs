//! Loosening: changes that would help a thief (protocol §6, I9). One use case for all of them,
//! because they share a rule: an intent is written down here, then it is a compare-and-set at the
//! archive under the present generation, and only what stands there is applied here. With the
//! archive away it is refused, politely.
//!
//! The archive's verdict is for good, and it is given by the id of the change. So an intent whose
//! answer was lost is asked for again, before anybody authenticates as this customer.

use common::fingerprint::sha256;
use common::problem::{Code, Refusal};
use common::wire::archive::{EntityWritten, Loosen, Loosened};
use common::{Generation, Timestamp};
use platform::Failure;
use platform::pg::Transaction;
use platform::rpc::CallError;
use uuid::Uuid;

use super::entities;
use super::load::archive;
use super::load::rows::{self, Arrived};
use crate::block::{Block, Scope};
use crate::store;
use crate::store::customer::Customer;
use crate::store::joining;
use crate::store::loosening::Intent;
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

/// Writes the intent down, behind the gate that the caller has entered under `generation`. Without
/// an archive it stands at once.
pub async fn intend(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    (change_id, change): (Uuid, Loosening<'_>),
) -> Result<(), Failure> {
    let now = block.clock.now();
    let entity = match change {
        Loosening::NewDevice { device, secret_hash, name } => {
            entities::device(generation, device, (&secret_hash, name, now))
        }
        Loosening::NewPassword { hash } => {
            let customer = joining::customer(tx, scope).await?.ok_or(Code::SessionExpired)?;
            let changed = Customer {
                password_hash: hash.to_owned(),
                epoch: customer.epoch.raised(generation),
                version: customer.version + 1,
                key_generation: generation,
                ..customer
            };
            entities::customer(generation, &changed)
        }
    };
    let entity = written(scope, entity);
    let intent = Intent { change_id, generation, entity, applied: None };
    if !store::loosening::intend(tx, scope, &intent, now).await? {
        return Err(Code::CodeExpired.into());
    }
    if block.archive.is_none() {
        apply(tx, scope, &intent).await?;
        store::loosening::resolve(tx, scope, change_id, true, now).await?;
    }
    Ok(())
}

/// Asks the archive for the verdict on an intent that was written down, and applies what stands.
/// Comes back without an error only if it stands.
pub async fn settle(block: &Block, scope: &Scope, change_id: Uuid) -> Result<(), Failure> {
    if block.archive.is_none() {
        return Ok(());
    }
    let connection = block.db.connection().await?;
    let open = store::loosening::unresolved(&connection, scope).await?;
    drop(connection);
    let Some(intent) = open.into_iter().find(|intent| intent.change_id == change_id) else {
        return Err(Code::NotAvailableNow.into());
    };
    match ask(block, scope, &intent).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Code::PlacementMoved.into()),
        Err(Failure::Call(error)) => {
            tracing::info!(customer = %scope.customer, %error, "a loosening has no verdict");
            if !surely_unheard(&error) {
                return Err(refused(IN_DOUBT));
            }
            let connection = block.db.connection().await?;
            store::loosening::withdraw(&connection, scope, change_id).await?;
            Err(refused(UNHEARD))
        }
        Err(error) => Err(error),
    }
}

/// It was never sent, so that nobody has to wait for its verdict.
fn surely_unheard(error: &CallError) -> bool {
    error.surely_not_done()
}

/// It was never heard of.
const UNHEARD: &str = "This cannot be changed right now: it has to be kept in two places, and one \
                       of them does not answer. Everything else works. Nothing was changed.";
/// The verdict may have been given, and lost.
const IN_DOUBT: &str = "This has to be kept in two places, and one of them has not answered. \
                        Whether it was changed is found out before you are let in again.";

fn refused(detail: &str) -> Failure {
    Refusal::new(Code::NotAvailableNow).detail(detail).retry_after_ms(30_000).into()
}

/// Does anything of the customer's wait for a verdict? It is asked for first.
pub async fn unresolved(block: &Block, scope: &Scope) -> Result<bool, Failure> {
    let connection = block.db.connection().await?;
    let open = store::loosening::unresolved(&connection, scope).await?;
    drop(connection);
    for intent in &open {
        if let Err(error) = ask(block, scope, intent).await {
            tracing::info!(customer = %scope.customer, %error, "a loosening still has no verdict");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Asks for the verdict, applies what stands and writes the verdict down. Says whether it stands.
async fn ask(block: &Block, scope: &Scope, intent: &Intent) -> Result<bool, Failure> {
    let request = Loosen {
        stream: archive::stream(block).await?,
        change_id: intent.change_id,
        home: scope.home.clone(),
        slice: scope.slice,
        generation: intent.generation,
        entity: intent.entity.clone(),
    };
    let verdict: Loosened = archive::ask(block, "/v1/loosenings", &request).await?;
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    // Shared with everybody who changes something here. Whether he is still served does not matter:
    // what stands at the archive is written down even if he has gone meanwhile.
    store::placement::enter_gate(&tx, scope).await?;
    joining::lock(&tx, scope).await?;
    let Some(found) = store::loosening::lock(&tx, scope, intent.change_id).await? else {
        return Ok(verdict.applied);
    };
    if found.applied.is_none() {
        if verdict.applied {
            apply(&tx, scope, &found).await?;
        }
        let now: Timestamp = block.clock.now();
        store::loosening::resolve(&tx, scope, intent.change_id, verdict.applied, now).await?;
        tx.commit().await?;
        metrics::counter!("loosenings_total", "applied" => verdict.applied.to_string())
            .increment(1);
    }
    Ok(verdict.applied)
}

/// Applies what stands, and tells the outbox: an archive that is restored has it from there only.
async fn apply(tx: &Transaction<'_>, scope: &Scope, intent: &Intent) -> Result<(), Failure> {
    let asked = &intent.entity;
    let before = joining::customer(tx, scope).await?;
    let arrived = Arrived {
        kind: &asked.kind,
        id: &asked.entity_id,
        generation: intent.generation,
        late: None,
        marks: asked.marks,
        payload: &asked.payload,
    };
    rows::join(tx, scope, &arrived).await?;
    let entity = if asked.kind == entities::CUSTOMER {
        password(tx, scope, before, intent).await?
    } else {
        line(asked)?
    };
    store::outbox::write(tx, scope, intent.generation, &entity).await?;
    Ok(())
}

/// A password stands whatever else of the customer has changed since it was asked for.
async fn password(
    tx: &Transaction<'_>,
    scope: &Scope,
    before: Option<Customer>,
    intent: &Intent,
) -> Result<Entity, Failure> {
    let broken = || Failure::Broken("a password of nobody".to_owned());
    let joined = joining::customer(tx, scope).await?.ok_or_else(broken)?;
    let hash = intent.entity.payload.get("password_hash").and_then(|hash| hash.as_str());
    let hash = hash.ok_or_else(broken)?.to_owned();
    if joined.password_hash == hash {
        return Ok(entities::customer(joined.key_generation, &joined));
    }
    let version = before.map_or(joined.version, |before| before.version.max(joined.version)) + 1;
    let generation = joined.key_generation.max(intent.generation);
    let changed = Customer { password_hash: hash, version, key_generation: generation, ..joined };
    joining::put_customer(tx, &changed).await?;
    Ok(entities::customer(generation, &changed))
}

fn written(scope: &Scope, entity: Entity) -> EntityWritten {
    EntityWritten {
        customer_id: scope.customer,
        kind: entity.kind.to_owned(),
        entity_id: entity.id,
        order_key: hex::encode(entity.order_key),
        final_: entity.final_,
        open: entity.open,
        marks: entity.marks.unwrap_or_default(),
        payload: entity.payload,
    }
}

fn line(asked: &EntityWritten) -> Result<Entity, Failure> {
    let order_key = hex::decode(&asked.order_key);
    Ok(Entity {
        kind: entities::DEVICE,
        id: asked.entity_id.clone(),
        order_key: order_key.map_err(|_| Failure::Broken("an order key".to_owned()))?,
        open: asked.open,
        final_: asked.final_,
        payload: asked.payload.clone(),
        marks: Some(asked.marks),
    })
}

/// The id of a device's loosening, from its login's challenge: a code opens one device.
pub fn id_of(challenge: Uuid) -> Uuid {
    let digest = sha256(challenge.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
