//! FENCE and JOURNAL (protocol §5): from now on nothing of an older generation takes a first effect
//! for a customer (I5), and, for JOURNAL, what was done for him.

use common::gateway::{Fence, FenceAnswer, Journal, JournalAnswer, decide};
use platform::Failure;

use super::Gateway;
use crate::gateway::store::{fence as store, records};

/// Raises a customer's fence, if it is lower, and says where it is.
pub async fn fence(gateway: &Gateway, request: &Fence) -> Result<FenceAnswer, Failure> {
    let mut connection = gateway.db.connection().await?;
    let transaction = connection.transaction().await?;
    let fence = store::lock(&transaction, request.customer_id).await?;
    store::raise(&transaction, request.customer_id, request.generation).await?;
    transaction.commit().await?;
    Ok(FenceAnswer {
        fence: decide::raised(Some(fence), request.generation),
        gateway_time: gateway.clock.now(),
    })
}

/// Raises the fence and lists what was done, in one transaction: what is not in the list will not
/// be done under an older generation.
pub async fn journal(gateway: &Gateway, request: &Journal) -> Result<JournalAnswer, Failure> {
    let mut connection = gateway.db.connection().await?;
    let transaction = connection.transaction().await?;
    let fence = store::lock(&transaction, request.customer_id).await?;
    if let Some(fence) = decide::superseded(Some(fence), request.generation) {
        return Ok(JournalAnswer::StaleGeneration { fence });
    }
    store::raise(&transaction, request.customer_id, request.generation).await?;
    let entries = records::journal(&transaction, request.customer_id, request.since).await?;
    transaction.commit().await?;
    Ok(JournalAnswer::Entries { entries, gateway_time: gateway.clock.now() })
}
