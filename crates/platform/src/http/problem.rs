//! Refusals and failures as problem documents (RFC 9457).

use std::sync::OnceLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use common::problem::{Class, Code, ProblemDocument, Refusal};

use crate::context::Context;
use crate::failure::{Failure, StoreError, chain};

/// A refusal on its way to the client.
#[derive(Debug)]
pub struct Problem(Refusal);

impl Problem {
    /// The refusal that is sent.
    pub fn refusal(&self) -> &Refusal {
        &self.0
    }
}

static BASE: OnceLock<String> = OnceLock::new();

/// Where problem codes are explained; the first call counts.
pub fn set_problem_base(base: &str) {
    BASE.get_or_init(|| base.to_owned());
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::from(Failure::from(error))
    }
}

impl From<Failure> for Problem {
    /// The one place where failures of use cases are logged.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self(refusal),
            Failure::Store(ref error) if error.is_away() => {
                tracing::warn!(error = chain(&failure), "the database is away");
                Self(Refusal::new(Code::NotReady).retry_after_ms(1_000))
            }
            Failure::Call(_) => {
                tracing::warn!(error = chain(&failure), "a service behind this one failed");
                Self(Refusal::new(Code::BackOfficeUnavailable).retry_after_ms(2_000))
            }
            Failure::Store(_) | Failure::Broken(_) => {
                tracing::error!(error = chain(&failure), "a request failed");
                Self(Refusal::new(Code::Internal))
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let code = refusal.code;
        let status = status(code.class());
        let detail = refusal.detail.unwrap_or_else(|| code.advice().to_owned());
        let document = ProblemDocument {
            kind: format!("{}{}", BASE.get().map_or("/problems/", String::as_str), code.as_str()),
            title: code.title().to_owned(),
            status: status.as_u16(),
            detail,
            code: code.as_str().to_owned(),
            next: code.next(),
            trace_id: Context::trace_id(),
            retry_after_ms: refusal.retry_after_ms,
            errors: refusal.errors,
            attempts_left: refusal.attempts_left,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            HeaderName::from_static("bulkhead-next"),
            HeaderValue::from_static(code.next().as_str()),
        );
        if status == StatusCode::UNAUTHORIZED {
            // Due with every 401 (RFC 9110, 11.6.1); some HTTP libraries fail without it.
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(ms) = refusal.retry_after_ms {
            headers.insert(RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
        }
        response
    }
}

pub(super) fn status(class: Class) -> StatusCode {
    match class {
        Class::BadRequest => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Class::Conflict => StatusCode::CONFLICT,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Misdirected => StatusCode::MISDIRECTED_REQUEST,
        Class::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::TimedOut => StatusCode::GATEWAY_TIMEOUT,
    }
}
