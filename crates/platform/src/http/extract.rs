//! Extractors whose refusals are problem documents.

use std::net::SocketAddr;

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use common::problem::{Code, Refusal};
use serde::de::DeserializeOwned;

use super::Problem;

/// A JSON body.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let declared = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = declared.and_then(|text| text.split(';').next()).unwrap_or("").trim();
        if !media.eq_ignore_ascii_case("application/json") {
            return Err(Code::UnsupportedMediaType.into());
        }
        let body = Bytes::from_request(request, state).await.map_err(body_problem)?;
        parse(&body).map(Self)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn body_problem(rejection: BytesRejection) -> Problem {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Code::BodyTooLarge.into()
        }
        _ => Refusal::new(Code::InvalidJson).detail("The body could not be read.").into(),
    }
}

/// Reads a body: an object, because a list could be taken for one whose fields have no names.
/// Syntax and unknown shapes are told apart from values that cannot be only by the text; both are
/// the client's mistake.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if !body.trim_ascii_start().starts_with(b"{") {
        let detail = "The body must be a JSON object.";
        return Err(Refusal::new(Code::InvalidJson).detail(detail).into());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = T::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| Refusal::new(Code::InvalidJson).detail(error.to_string()))?;
    Ok(value)
}

/// The query string.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(query) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Refusal::new(Code::InvalidQuery).detail(rejection.body_text()))?;
        Ok(Self(query))
    }
}

/// Parts of the path.
#[derive(Debug)]
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(path) = Path::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Refusal::new(Code::InvalidQuery).detail(rejection.body_text()))?;
        Ok(Self(path))
    }
}

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddr(pub SocketAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddr {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Set by the accept loop for every connection.
        parts.extensions.get::<Self>().copied().ok_or_else(|| Code::Internal.into())
    }
}
