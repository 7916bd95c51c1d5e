//! `GET /v1/served`: the gateway's say in a failover (protocol §3). Whoever asked on behalf of a
//! waiting customer a moment ago is alive, whatever probes see of it.
//!
//! Kept in memory: what a gateway served before it started is no evidence of anything now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Request, State as From};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use common::BlockName;
use common::wire::watch::{Served, ServedBlock};
use platform::identity::SERVICE_HEADER;
use platform::rpc::PURPOSE_HEADER;
use tokio::time::Instant;

use super::access::{Only, Watchers};

/// When each caller was last served for a waiting customer.
#[derive(Clone, Default)]
pub(super) struct Noted {
    last: Arc<Mutex<BTreeMap<BlockName, Instant>>>,
}

impl Noted {
    fn note(&self, block: BlockName) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).insert(block, Instant::now());
    }

    fn served(&self) -> Served {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let ago_ms = |at: &Instant| i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
        let blocks =
            last.iter().map(|(block, at)| ServedBlock { block: block.clone(), ago_ms: ago_ms(at) });
        Served { blocks: blocks.collect() }
    }
}

/// Notes who was served. Only callers that proved who they are get so far: there are as many as the
/// access table has.
pub(super) async fn noted(From(noted): From<Noted>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let waited_for = headers.contains_key(PURPOSE_HEADER);
    let service = headers.get(SERVICE_HEADER).and_then(|name| name.to_str().ok());
    let block = service.filter(|_| waited_for).and_then(|name| name.parse().ok());
    let response = next.run(request).await;
    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&response.status());
    if let Some(block) = block
        && !refused
    {
        noted.note(block);
    }
    response
}

pub(super) async fn served(_: Only<Watchers>, From(noted): From<Noted>) -> Json<Served> {
    Json(noted.served())
}
