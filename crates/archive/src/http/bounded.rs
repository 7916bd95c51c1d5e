//! A bound on the work under way.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use common::problem::{Code, Refusal};
use platform::http::Problem;
use tokio::sync::Semaphore;

/// At most so many requests at once; the next is refused with a time to come back.
#[derive(Clone)]
pub(super) struct Bound {
    places: Arc<Semaphore>,
    retry_after_ms: u64,
}

impl Bound {
    pub(super) fn new(most: usize, retry_after_ms: u64) -> Self {
        Self { places: Arc::new(Semaphore::new(most)), retry_after_ms }
    }
}

/// Lets a request through if there is a place, and keeps the place until it is answered.
pub(super) async fn bounded(State(bound): State<Bound>, request: Request, next: Next) -> Response {
    let Ok(_place) = bound.places.try_acquire() else {
        metrics::counter!("archive_refused_busy_total").increment(1);
        let refusal = Refusal::new(Code::Busy).retry_after_ms(bound.retry_after_ms);
        return Problem::from(refusal).into_response();
    };
    next.run(request).await
}
