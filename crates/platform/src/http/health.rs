//! `/livez`, `/readyz` and `/metrics`, the same on every listener.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use common::problem::Code;
use common::problem::Refusal;

use super::Problem;
use crate::telemetry;

/// Whether the process can serve, and if not, why.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    serving: Arc<AtomicBool>,
}

impl Ready {
    /// Not ready yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether the process can serve.
    pub fn set(&self, serving: bool) {
        self.serving.store(serving, Ordering::Relaxed);
    }

    /// Can it?
    pub fn is_set(&self) -> bool {
        self.serving.load(Ordering::Relaxed)
    }
}

/// The three routes.
pub fn health_routes<S: Clone + Send + Sync + 'static>(ready: Ready) -> Router<S> {
    Router::new()
        .route("/livez", get(|| async { StatusCode::OK }))
        .route("/readyz", get(move || async move { readiness(&ready) }))
        .route("/metrics", get(|| async { telemetry::render_metrics() }))
}

fn readiness(ready: &Ready) -> Response {
    if ready.is_set() {
        StatusCode::OK.into_response()
    } else {
        let refusal = Refusal::new(Code::NotReady)
            .detail("Not started, or without its database, or stopping.")
            .retry_after_ms(500);
        Problem::from(refusal).into_response()
    }
}
