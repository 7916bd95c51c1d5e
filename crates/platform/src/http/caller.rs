//! The authorization type of internal APIs: which service is calling.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use common::Generation;
use common::problem::Code;

use super::Problem;
use crate::identity::{AccessTable, SERVICE_HEADER, TOKEN_HEADER};
use crate::rpc::ROUTER_HEADER;

/// A service that has proved who it is. A handler that takes it cannot be reached by others.
#[derive(Clone, Debug)]
pub struct Caller {
    service: String,
    router: Option<Generation>,
}

impl Caller {
    /// The service's name.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The generation of the router's row under which the caller acts, if it says one.
    pub fn router_generation(&self) -> Option<Generation> {
        self.router
    }

    /// Only these may go on.
    pub fn must_be_one_of(&self, allowed: &[&str]) -> Result<(), Problem> {
        if allowed.contains(&self.service.as_str()) {
            Ok(())
        } else {
            Err(Code::ServiceNotAllowed.into())
        }
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    AccessTable: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name = header(&parts.headers, SERVICE_HEADER).ok_or(Code::ServiceUnknown)?;
        let token = header(&parts.headers, TOKEN_HEADER).ok_or(Code::ServiceUnknown)?;
        if AccessTable::from_ref(state).proves(name, token) {
            let carried = header(&parts.headers, ROUTER_HEADER).and_then(|text| text.parse().ok());
            let router = carried.and_then(|number: u64| Generation::try_from(number).ok());
            Ok(Self { service: name.to_owned(), router })
        } else {
            Err(Code::ServiceUnknown.into())
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
