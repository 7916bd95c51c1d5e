//! The resolver: finishes orders to foreign systems that nobody is waiting for any more, after a
//! crash or a time-out. It asks again under the same id for as long as it takes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use platform::Failure;
use platform::failure::chain;

use crate::gateway::app::{Gateway, foreign};
use crate::gateway::store::intents;

/// Claims what is due, commits the claim, then asks. No transaction is open during a call.
pub(super) async fn round(gateway: Arc<Gateway>) -> Result<(), Failure> {
    let now = gateway.clock.now();
    let claimed = {
        let connection = gateway.repairs.connection().await?;
        let waiting = intents::waiting(&connection).await?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("gateway_intents_waiting").set(waiting as f64);
        let lease = gateway.lease_until(now);
        intents::claim(&connection, now, lease, gateway.bounds.resolver_batch).await?
    };
    let within = Duration::from_millis(gateway.bounds.foreign_order_ms);
    stream::iter(claimed)
        .for_each_concurrent(gateway.bounds.resolver_in_flight_max, |pending| {
            let gateway = &gateway;
            async move {
                let operation = pending.operation();
                match foreign::ask(gateway, &gateway.repairs, &pending, within, false).await {
                    Ok(Some(outcome)) => {
                        let state = outcome.state;
                        tracing::info!(%operation, %state, "resolved an unfinished order");
                    }
                    Ok(None) => {}
                    Err(failure) => {
                        let error = chain(&failure);
                        tracing::warn!(%operation, error, "an order could not be resolved");
                    }
                }
            }
        })
        .await;
    Ok(())
}
