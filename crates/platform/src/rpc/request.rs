//! A call, before it is made.

use std::marker::PhantomData;

use bytes::Bytes;
use common::Generation;
use http::Method;
use serde::Serialize;

/// May a lost call be made again? Part of a request's type.
pub trait Repeat {
    /// The answer.
    const MAY_BE_REPEATED: bool;
}

/// Doing it twice is the same as doing it once.
#[derive(Clone, Copy, Debug)]
pub struct Idempotent;

/// A lost call is the caller's business.
#[derive(Clone, Copy, Debug)]
pub struct Once;

impl Repeat for Idempotent {
    const MAY_BE_REPEATED: bool = true;
}

impl Repeat for Once {
    const MAY_BE_REPEATED: bool = false;
}

/// A call of type `R`: [`Idempotent`] or [`Once`].
#[derive(Clone, Debug)]
pub struct Request<R> {
    method: Method,
    path_and_query: String,
    body: Option<Bytes>,
    bearer: Option<String>,
    router: Option<u64>,
    repeat: PhantomData<R>,
}

impl Request<Idempotent> {
    /// Reads `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::plain(Method::GET, path.into())
    }

    /// Sets what is at `path`.
    pub fn put<B: Serialize>(path: impl Into<String>, body: &B) -> Self {
        Self::with_body(Method::PUT, path.into(), body)
    }

    /// Posts something that carries its own id, so that a repetition is recognised.
    pub fn post_with_id<B: Serialize>(path: impl Into<String>, body: &B) -> Self {
        Self::with_body(Method::POST, path.into(), body)
    }

    /// Removes what is at `path`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::plain(Method::DELETE, path.into())
    }
}

impl Request<Once> {
    /// Posts something that must not be posted twice.
    pub fn post<B: Serialize>(path: impl Into<String>, body: &B) -> Self {
        Self::with_body(Method::POST, path.into(), body)
    }
}

impl<R> Request<R> {
    fn plain(method: Method, path_and_query: String) -> Self {
        Self { method, path_and_query, body: None, bearer: None, router: None, repeat: PhantomData }
    }

    fn with_body<B: Serialize>(method: Method, path_and_query: String, body: &B) -> Self {
        // The bodies are our own wire types: maps with string keys, which JSON can always hold.
        #[expect(clippy::expect_used, reason = "our wire types always serialize")]
        let body = serde_json::to_vec(body).expect("wire types serialize to JSON");
        Self { body: Some(body.into()), ..Self::plain(method, path_and_query) }
    }

    /// With a query string made of `query`'s fields.
    #[must_use]
    pub fn query<Q: Serialize>(mut self, query: &Q) -> Self {
        if let Ok(text) = serde_urlencoded::to_string(query)
            && !text.is_empty()
        {
            self.path_and_query.push('?');
            self.path_and_query.push_str(&text);
        }
        self
    }

    /// On behalf of whoever this session belongs to.
    #[must_use]
    pub fn bearer(mut self, token: &str) -> Self {
        self.bearer = Some(format!("Bearer {token}"));
        self
    }

    /// As a router, under this generation of the router's row; nothing: without one.
    #[must_use]
    pub fn by_router(mut self, generation: Option<Generation>) -> Self {
        self.router = generation.map(|generation| generation.0);
        self
    }

    pub(super) fn router_generation(&self) -> Option<u64> {
        self.router
    }

    pub(super) fn authorization(&self) -> Option<&str> {
        self.bearer.as_deref()
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    pub(super) fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }
}
