//! Applications of visitors: kept sealed for the bank's staff, found again by a reference that
//! only the visitor has.

use std::net::IpAddr;
use std::time::Duration;

use common::fingerprint::sha256_parts;
use common::problem::{Code, Refusal};
use common::{Money, Phone, Timestamp};
use platform::Failure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sealing;
use crate::app::reference;
use crate::block::Block;
use crate::store;

/// What a visitor sends.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// A product of the reference data.
    pub product_id: String,
    /// First and last name.
    #[schema(min_length = 1, max_length = 140, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    pub name: String,
    /// Where the bank calls back.
    pub phone: Phone,
    /// How much, where that has a meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Anything else, at most 1000 characters.
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub comment: String,
}

/// What the visitor is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Received {
    /// To be quoted; knows nothing of the visitor.
    #[schema(pattern = "^A-[0-9a-f]{24}$", examples("A-0f1e2d3c4b5a69788796a5b4"))]
    pub reference: String,
    /// For which product.
    pub product_id: String,
    /// Always `received`: what becomes of it is said by the bank's staff.
    #[schema(pattern = "^received$", examples("received"))]
    pub status: &'static str,
    /// When.
    pub received_at: Timestamp,
    /// The key was used before for this application.
    #[serde(skip)]
    pub replayed: bool,
}

/// Takes an application in. The same key and content give the same reference.
pub async fn receive(
    block: &Block,
    address: IpAddr,
    key: &str,
    application: Application,
) -> Result<Received, Failure> {
    check(block, &application).await?;
    limit_address(block, address).await?;
    let broken = |error| Failure::Broken(format!("an application cannot be written: {error}"));
    let plain = serde_json::to_vec(&application).map_err(broken)?;
    let reference = reference_of(key, &plain);
    let staff_key = &block.config.applications.staff_key;
    if staff_key.is_empty() {
        return Err(Code::NotAvailableNow.into());
    }
    let sealed = sealing::seal(staff_key, &plain, reference.as_bytes())
        .map_err(|error| Failure::Broken(error.to_string()))?;
    let row = store::application::Application {
        reference,
        product_id: application.product_id,
        sealed,
        received_at: block.clock.now(),
    };
    let connection = block.db.connection().await?;
    let new = store::application::insert(&connection, &row).await?;
    let row = if new { row } else { known(&connection, &row.reference).await? };
    Ok(Received { replayed: !new, ..told(row) })
}

/// What is known of an application, for whoever has its reference.
pub async fn find(block: &Block, reference: &str) -> Result<Received, Failure> {
    // What cannot be one of ours is not looked for: PostgreSQL does not take every text.
    if !reference.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Code::ApplicationUnknown.into());
    }
    let connection = block.db.connection().await?;
    Ok(told(known(&connection, reference).await?))
}

async fn known(
    connection: &platform::pg::Connection,
    reference: &str,
) -> Result<store::application::Application, Failure> {
    let found = store::application::find(connection, reference).await?;
    Ok(found.ok_or(Code::ApplicationUnknown)?)
}

fn told(row: store::application::Application) -> Received {
    Received {
        reference: row.reference,
        product_id: row.product_id,
        status: "received",
        received_at: row.received_at,
        replayed: false,
    }
}

/// Unguessable as long as the key is; the same content under the same key is the same application,
/// other content another one.
fn reference_of(key: &str, plain: &[u8]) -> String {
    let digest = sha256_parts(&[b"application.v1", key.as_bytes(), plain]);
    format!("A-{}", hex::encode(&digest[..12]))
}

async fn check(block: &Block, application: &Application) -> Result<(), Failure> {
    let wrong = |field: &str, must: &str| {
        Failure::from(Refusal::new(Code::InvalidRequest).field(field, must))
    };
    let plain = |text: &str| !text.chars().any(|c| c.is_control() && c != '\n');
    let name = application.name.trim();
    if !(1..=140).contains(&name.chars().count()) || !plain(name) {
        return Err(wrong("name", "must have 1 to 140 characters"));
    }
    if application.comment.chars().count() > 1_000 || !plain(&application.comment) {
        return Err(wrong("comment", "must have at most 1000 characters"));
    }
    if application.amount.is_some_and(|amount| !amount.is_positive()) {
        return Err(wrong("amount", "must be more than zero"));
    }
    let kept: reference::Kept<common::wire::gateway::Product> =
        reference::topic(block, "products").await?;
    if !kept.reference.items.iter().any(|product| product.id == application.product_id) {
        return Err(Code::ProductUnknown.into());
    }
    Ok(())
}

async fn limit_address(block: &Block, address: IpAddr) -> Result<(), Failure> {
    let hour = Duration::from_hours(1);
    let count = block.cache.count(&format!("application:{address}"), hour).await;
    if count.is_some_and(|count| count > block.config.limits.applications_per_hour) {
        return Err(Refusal::new(Code::TooManyRequests).retry_after_ms(3_600_000).into());
    }
    Ok(())
}
