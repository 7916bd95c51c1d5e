//! What surrounds every request: trace and deadline, the bound on bodies, problem documents for
//! what no handler took, and a last net for panics.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use common::problem::Code;
use tower_http::catch_panic::CatchPanicLayer;

use super::Problem;
use crate::config::Http;
use crate::context::{Context, deadline_in, left_until, trace_id_of};
use crate::rpc::DEADLINE_HEADER;

/// `routes` with all that surrounds a request.
pub fn with_layers(routes: Router, config: &Http) -> Router {
    let deadline = Duration::from_millis(config.request_deadline_ms);
    routes
        .fallback(|| async { Problem::from(Code::NotFound) })
        .method_not_allowed_fallback(|| async { Problem::from(Code::MethodNotAllowed) })
        .layer(DefaultBodyLimit::max(config.body_max_bytes))
        .layer(from_fn_with_state(config.body_max_bytes, announced_body))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(deadline, in_context))
}

/// Refuses a body that says itself that it is too large, before anything of it is read and whether
/// or not the handler would read it.
async fn announced_body(State(most): State<usize>, request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > most)) {
        return Problem::from(Code::BodyTooLarge).into_response();
    }
    next.run(request).await
}

/// Gives the request its trace and deadline, refuses what is over time, counts and measures.
async fn in_context(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let context = context_of(request.headers(), longest);
    let started = deadline_in(Duration::ZERO);
    let deadline = context.deadline;
    let trace_id = context.trace_id.clone();
    let answer = context
        .scope(async move {
            if left_until(deadline).is_zero() {
                return Problem::from(Code::DeadlineExceeded).into_response();
            }
            match tokio::time::timeout_at(deadline, next.run(request)).await {
                Ok(response) => response,
                Err(_) => Problem::from(Code::DeadlineExceeded).into_response(),
            }
        })
        .await;
    let took = deadline_in(Duration::ZERO).duration_since(started);
    let status = answer.status().as_u16();
    let labels = [("route", route.clone()), ("status", status.to_string())];
    metrics::histogram!("http_request_seconds", &labels).record(took.as_secs_f64());
    if status >= 500 {
        let took_ms = took.as_millis();
        tracing::warn!(%method, route, status, took_ms, trace_id, "answered with an error");
    } else {
        tracing::debug!(%method, route, status, trace_id, "answered");
    }
    answer
}

fn context_of(headers: &HeaderMap, longest: Duration) -> Context {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut context = Context::fresh(longest);
    if let Some(trace_id) = text("traceparent").and_then(trace_id_of) {
        trace_id.clone_into(&mut context.trace_id);
    }
    if let Some(ms) = text(DEADLINE_HEADER).and_then(|ms| ms.parse().ok()) {
        let wanted = deadline_in(Duration::from_millis(ms).min(longest));
        if left_until(wanted) < left_until(context.deadline) {
            context.deadline = wanted;
        }
    }
    context
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that the panic layer wants")]
fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    metrics::counter!("http_panics_total").increment(1);
    Problem::from(Code::Internal).into_response()
}
