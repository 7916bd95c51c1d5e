//! Moves exchange rates a little, as a market does. Of several gateways one moves them.

use std::sync::Arc;

use platform::Failure;

use crate::gateway::app::Gateway;
use crate::gateway::store::courses;

/// One step of every course, in one transaction with the topic's version.
pub(super) async fn round(gateway: Arc<Gateway>) -> Result<(), Failure> {
    let now = gateway.clock.now();
    // Half of the pause: two gateways do not move twice as fast, and none waits for a whole turn.
    let stood = i64::try_from(gateway.bounds.rates_move_ms / 2).unwrap_or(i64::MAX);
    let mut connection = gateway.repairs.connection().await?;
    let transaction = connection.transaction().await?;
    if courses::take_turn(&transaction, now.plus_ms(-stood), now).await? {
        for course in courses::all(&transaction).await? {
            courses::store(&transaction, &course.next()).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}
