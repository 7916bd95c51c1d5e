//! FENCE and JOURNAL (protocol §5): from now on nothing of an older generation takes a first effect
//! for a customer (I5), and, for JOURNAL, what was done for him.

use common::gateway::decide::{self, JournalStep};
use common::gateway::{Fence, FenceAnswer, Journal, JournalAnswer};
use common::wire::gateway::HighestFence;
use platform::Failure;

use super::Gateway;
use crate::gateway::store::{fence as store, records};

/// Raises a customer's fence, if it is lower, and says where it is.
pub async fn fence(gateway: &Gateway, request: &Fence) -> Result<FenceAnswer, Failure> {
    let mut connection = gateway.db.connection().await?;
    let transaction = connection.transaction().await?;
    let fence = store::lock(&transaction, request.customer_id).await?;
    let fence = decide::raised(Some(fence), request.generation);
    store::raise(&transaction, request.customer_id, fence).await?;
    transaction.commit().await?;
    Ok(FenceAnswer { fence, gateway_time: gateway.clock.now() })
}

/// Raises the fence and lists what was done, in one transaction: what is not in the list will not
/// be done under an older generation.
pub async fn journal(gateway: &Gateway, request: &Journal) -> Result<JournalAnswer, Failure> {
    let mut connection = gateway.db.connection().await?;
    let transaction = connection.transaction().await?;
    let fence = store::lock(&transaction, request.customer_id).await?;
    let fence = match decide::journal(Some(fence), request) {
        JournalStep::Stale(fence) => return Ok(JournalAnswer::StaleGeneration { fence }),
        JournalStep::List(fence) => fence,
    };
    store::raise(&transaction, request.customer_id, fence).await?;
    let entries = records::journal(&transaction, request.customer_id, request.since).await?;
    transaction.commit().await?;
    Ok(JournalAnswer::Entries { entries, gateway_time: gateway.clock.now() })
}

/// The highest fence of all customers, for an archive that recovers. Which customer's it is does
/// not matter: whatever is issued next is above it.
pub async fn highest(gateway: &Gateway) -> Result<HighestFence, Failure> {
    let connection = gateway.db.connection().await?;
    Ok(HighestFence { highest: store::highest(&connection).await? })
}
