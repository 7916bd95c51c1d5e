//! What surrounds every request: trace and deadline, the bound on bodies, problem documents for
//! what no handler took, and a last net for panics.
//!
//! One layer, not one for each of these: a layer of axum costs every request two allocations and a
//! copy of itself.

use std::any::Any;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::task::{self, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderName, Method};
use axum::response::{IntoResponse, Response};
use common::problem::Code;
use futures_util::FutureExt as _;
use tokio::time::Instant;
use tower::Service;
use tower::layer::layer_fn;

use super::{Problem, measure};
use crate::config::Http;
use crate::context::{Context, TraceId, left_until, trace_id_of};
use crate::rpc::DEADLINE_HEADER;

/// `routes` with all that surrounds a request.
pub fn with_layers(routes: Router, config: &Http) -> Router {
    let surroundings = Surroundings::new(config);
    routes
        .fallback(|| async { Problem::from(Code::NotFound) })
        .method_not_allowed_fallback(|| async { Problem::from(Code::MethodNotAllowed) })
        .layer(layer_fn(move |inner| Surrounded { inner, surroundings }))
}

/// What surrounds a request.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// The longest time that a request may take.
    longest: Duration,
    body_max_bytes: usize,
}

impl Surroundings {
    /// With the configured bounds.
    pub fn new(config: &Http) -> Self {
        Self {
            longest: Duration::from_millis(config.request_deadline_ms),
            body_max_bytes: config.body_max_bytes,
        }
    }

    /// The longest body that is read.
    pub fn body_max_bytes(self) -> usize {
        self.body_max_bytes
    }

    /// A request to `route` comes in.
    pub fn enter<B>(self, route: Route, request: &Request<B>) -> Entered {
        let started = Instant::now();
        Entered {
            context: context_of(request.headers(), self.longest, started),
            started,
            method: request.method().clone(),
            route,
            fits: announces_at_most(self.body_max_bytes, request.headers()),
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Entered {
    context: Context,
    started: Instant,
    method: Method,
    route: Route,
    /// Its body, as far as it says itself.
    fits: bool,
}

impl Entered {
    /// Answers it with what `answering` comes to, if that is in time and does not panic.
    pub async fn answer<B: From<Body>>(
        self,
        answering: impl Future<Output = Response<B>>,
    ) -> Response<B> {
        let deadline = self.context.deadline;
        let refused = |code| Problem::from(code).into_response().map(B::from);
        let answer = async {
            if left_until(deadline).is_zero() {
                return refused(Code::DeadlineExceeded);
            }
            if !self.fits {
                return refused(Code::BodyTooLarge);
            }
            match in_time(deadline, AssertUnwindSafe(answering).catch_unwind()).await {
                Some(Ok(response)) => response,
                Some(Err(panic)) => after_panic(panic.as_ref()).map(B::from),
                None => refused(Code::DeadlineExceeded),
            }
        };
        let answer = self.context.scope(answer).await;
        self.note(&answer);
        answer
    }

    /// Counts and measures.
    fn note<B>(&self, answer: &Response<B>) {
        let (method, route) = (&self.method, self.route.as_str());
        let trace_id = self.context.trace_id.as_str();
        let status = answer.status().as_u16();
        let took = self.started.elapsed();
        measure::request(route, status, took);
        if status >= 500 {
            let took_ms = took.as_millis();
            tracing::warn!(%method, route, status, took_ms, trace_id, "answered with an error");
        } else {
            tracing::debug!(%method, route, status, trace_id, "answered");
        }
    }
}

/// What `work` comes to before `deadline`. Who does not wait needs no timer.
async fn in_time<T>(deadline: Instant, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
        Poll::Ready(done) => Some(done),
        Poll::Pending => tokio::time::timeout_at(deadline, work).await.ok(),
    }
}

/// Which route a request belongs to, for measurements.
#[derive(Clone, Debug)]
pub enum Route {
    /// None that was found.
    None,
    /// As axum matched it.
    Matched(MatchedPath),
    /// Known without looking.
    Known(&'static str),
}

impl Route {
    fn as_str(&self) -> &str {
        match self {
            Self::None => "none",
            Self::Matched(path) => path.as_str(),
            Self::Known(path) => path,
        }
    }
}

/// A route's service with what surrounds it.
#[derive(Clone, Debug)]
struct Surrounded<S> {
    inner: S,
    surroundings: Surroundings,
}

impl<S> Service<Request> for Surrounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let matched = request.extensions().get::<MatchedPath>().cloned();
        let route = matched.map_or(Route::None, Route::Matched);
        DefaultBodyLimit::max(self.surroundings.body_max_bytes).apply(&mut request);
        let entered = self.surroundings.enter(route, &request);
        // It begins to run when it is first polled, which may be never.
        let answering = self.inner.call(request);
        let answering = answering.map(|answer| answer.unwrap_or_else(|never| match never {}));
        Box::pin(entered.answer(answering).map(Ok))
    }
}

/// Does the request say itself that its body is small enough? If not, it is refused before anything
/// of it is read and whether or not the handler would read it.
fn announces_at_most(most: usize, headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|length| length.parse::<u64>().ok());
    length.is_none_or(|length| usize::try_from(length).is_ok_and(|length| length <= most))
}

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static DEADLINE: HeaderName = HeaderName::from_static(DEADLINE_HEADER);

fn context_of(headers: &HeaderMap, longest: Duration, now: Instant) -> Context {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let trace_id = text(&TRACEPARENT).and_then(trace_id_of);
    let wanted = text(&DEADLINE).and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    let within = wanted.map_or(longest, |wanted| wanted.min(longest));
    Context { trace_id: trace_id.unwrap_or_else(TraceId::random), deadline: now + within }
}

fn after_panic(panic: &(dyn Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    metrics::counter!("http_panics_total").increment(1);
    Problem::from(Code::Internal).into_response()
}
