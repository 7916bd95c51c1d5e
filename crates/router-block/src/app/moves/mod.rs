//! Moves: what an administrator or automation orders, and how a router brings it to its end
//! (protocol §3). Each step is a compare-and-set at the archive; nothing here is one.

pub mod conduct;
pub mod dry_run;
pub mod order;
pub mod push;
pub mod step;
pub mod waves;

use std::time::Duration;

use common::BlockName;
use common::placement::Placement;
use common::problem::{Code, Refusal};
use common::wire::block::BlockReport;
use platform::Failure;
use platform::failure::chain;
use platform::rpc::Request;

use crate::archive::Archive;
use crate::shared::Shared;

/// The archive, which every move needs.
pub fn archive(shared: &Shared) -> Result<&Archive, Failure> {
    shared.archive.as_ref().ok_or_else(|| {
        Refusal::new(Code::NotReady).detail("This bank has no archive, so nothing moves.").into()
    })
}

/// The rows of a home, in slice order.
pub fn rows_of(shared: &Shared, home: &BlockName) -> Vec<Placement> {
    shared.register.rows().into_iter().filter(|row| row.home == *home).collect()
}

/// What a block says of itself now.
pub async fn report(shared: &Shared, block: &BlockName) -> Result<BlockReport, Failure> {
    let known = shared.blocks.get(block).ok_or_else(|| unknown(block))?;
    let within = Duration::from_millis(shared.config.conduct.timeout_ms);
    let answer = known.peer.call(Request::get("/internal/v1/report"), within).await;
    answer.map_err(|error| {
        tracing::warn!(%block, error = chain(&error), "a block does not say how it is");
        let detail = format!("{block} does not answer.");
        Refusal::new(Code::NotReady).detail(detail).retry_after_ms(1_000).into()
    })
}

/// The router knows no such block.
pub fn unknown(block: &BlockName) -> Failure {
    let detail = format!("the router knows no block {block}");
    Refusal::new(Code::InvalidRequest).field("block", detail).into()
}
