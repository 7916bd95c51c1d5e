//! Replicates reference data ahead, so that it is served with the gateway away.

use common::wire::gateway::Reference;
use platform::Failure;
use platform::rpc::Request;
use serde_json::{Value, json};

use crate::app::reference::TOPICS;
use crate::block::Block;
use crate::config::ms;
use crate::store;
use crate::store::reference::Stored;

/// Asks for every topic in turn, again and again.
pub(super) async fn follow(block: Block) {
    loop {
        for topic in TOPICS {
            if let Err(error) = one(&block, topic).await {
                tracing::info!(topic, %error, "reference data keeps its age");
            }
        }
        tokio::time::sleep(ms(block.config.reference.poll_ms)).await;
    }
}

async fn one(block: &Block, topic: &str) -> Result<(), Failure> {
    let request = Request::get(format!("/v1/reference/{topic}"));
    let within = ms(block.config.gateway.question_ms);
    let answer: Reference<Value> = block.gateway.call(request, within).await?;
    let stored = Stored {
        version: answer.version,
        as_of: answer.as_of,
        checked_at: block.clock.now(),
        items: json!(answer.items),
    };
    let connection = block.db.connection().await?;
    Ok(store::reference::put(&connection, topic, &stored).await?)
}
