//! Extractors whose refusals are problem documents.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;

use axum::body::HttpBody;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{self, HeaderMap};
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
        must_be_json(request.headers())?;
        let body = Bytes::from_request(request, state).await.map_err(body_problem)?;
        parse(&body).map(Self)
    }
}

impl<T: DeserializeOwned> ApiJson<T> {
    /// The same of a request that is not axum's, with a body of at most `most` bytes.
    pub async fn read<B>(request: &mut http::Request<B>, most: usize) -> Result<Self, Problem>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        must_be_json(request.headers())?;
        parse(&whole(request.body_mut(), most).await?).map(Self)
    }
}

fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = declared.and_then(|text| text.split(';').next()).unwrap_or("").trim();
    if media.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Code::UnsupportedMediaType.into())
    }
}

/// Reads a body to its end. One that came in one piece is not copied.
async fn whole<B>(body: &mut B, most: usize) -> Result<Bytes, Problem>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let mut read = piece(body).await?.unwrap_or_default();
    let mut rest = Vec::new();
    while !body.is_end_stream()
        && read.len() + rest.len() <= most
        && let Some(next) = piece(body).await?
    {
        rest.extend_from_slice(&next);
    }
    if read.len() + rest.len() > most {
        return Err(Code::BodyTooLarge.into());
    }
    if !rest.is_empty() {
        read = [&*read, &*rest].concat().into();
    }
    Ok(read)
}

async fn piece<B>(body: &mut B) -> Result<Option<Bytes>, Problem>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        None => Ok(None),
        // What comes behind the data is nothing to us.
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        Some(Err(_)) => Err(unreadable()),
    }
}

fn unreadable() -> Problem {
    Refusal::new(Code::InvalidJson).detail("The body could not be read.").into()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn body_problem(rejection: BytesRejection) -> Problem {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Code::BodyTooLarge.into()
        }
        _ => unreadable(),
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
