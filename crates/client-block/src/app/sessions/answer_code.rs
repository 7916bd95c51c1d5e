//! The second step of a login on a new device: the code.

use common::fingerprint::sha256;
use common::problem::Code;
use platform::{Failure, random};
use uuid::Uuid;

use super::issue::{Issued, issue};
use super::{Channel, end};
use crate::app::codes::{self, Attempt};
use crate::app::{gate, loosen};
use crate::block::Block;
use crate::store;

/// Answers a challenge with a code; opens the session and remembers the device.
pub async fn answer_code(
    block: &Block,
    challenge_id: Uuid,
    code: &str,
    channel: Channel,
) -> Result<Issued, Failure> {
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let found = store::challenge::lock(&tx, challenge_id).await?;
    let challenge =
        found.filter(|challenge| challenge.channel == channel.as_str()).ok_or(Code::CodeExpired)?;
    let live = now < challenge.expires_at;
    let left = challenge.attempts_left;
    match codes::judge(challenge_id, b"login", code, &challenge.code_hash, left, live)? {
        Attempt::Wrong { left } => {
            store::challenge::set_attempts(&tx, challenge_id, left).await?;
            tx.commit().await?;
            return Err(codes::wrong(left));
        }
        Attempt::Right => {}
    }
    let customer = store::customer::of_challenge(&tx, &challenge).await?;
    let customer = customer.ok_or(Code::CodeExpired)?;
    let generation = gate::enter(block, &tx, &customer.scope).await?;
    let (device, secret) = (random::uuid(), random::token());
    let change = loosen::Loosening::NewDevice {
        device,
        secret_hash: sha256(secret.as_bytes()),
        name: &challenge.device_name,
    };
    let id = loosen::id_of(challenge_id);
    loosen::intend(block, &tx, &customer.scope, generation, (id, change)).await?;
    tx.commit().await?;
    // Nothing is kept locked while the archive is asked. The code stays good until it has said yes.
    loosen::settle(block, &customer.scope, id).await?;
    let tx = connection.transaction().await?;
    let generation = gate::enter(block, &tx, &customer.scope).await?;
    store::challenge::remove(&tx, challenge_id).await?;
    let customer = store::customer::of_challenge(&tx, &challenge).await?;
    let customer = customer.ok_or(Code::CodeExpired)?;
    let device = (device, challenge.device_name.clone());
    let issued = issue(block, &tx, generation, &customer, channel, device).await?;
    tx.commit().await?;
    drop(connection);
    end::forget(block, &issued.ended).await;
    let issued = issued.secured(block).await;
    Ok(Issued { device_token: Some(secret), ..issued })
}
