//! Pages that were loaded from the other router ask this one when that is away. No cookie is read
//! here, so that nothing is allowed but to ask.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use platform::http::{Incoming, Sent};

/// A page that is kept by the browser keeps its policies too.
const EXPOSED: &str = "retry-after, bulkhead-next, etag, content-security-policy, \
    x-content-type-options, referrer-policy";
/// How long a browser may remember that it may ask.
const REMEMBERED: Duration = Duration::from_hours(2);

/// The origins of the bank's pages.
#[derive(Clone, Debug)]
pub(super) struct Origins(Vec<HeaderValue>);

impl Origins {
    /// What is no origin allows nobody.
    pub(super) fn new(origins: &[String]) -> Self {
        Self(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect())
    }

    /// The origin of the page that asks, if it is the bank's own.
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.0.contains(origin).then(|| origin.clone())
    }
}

/// Does a browser ask whether its page may ask?
pub(super) fn is_preflight(request: &Request<Incoming>) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// It may.
pub(super) fn preflight() -> Response<Sent> {
    let mut response = Response::new(Sent::Streamed(Body::empty()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("GET, POST");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    let types = HeaderValue::from_static("content-type");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, types);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED.as_secs().into());
    response
}

/// Lets the page read the answer.
pub(super) fn allow(response: &mut Response<Sent>, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}
