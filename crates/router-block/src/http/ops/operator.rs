//! The authorization types of the API for administrators: who acts is a person with a session. The
//! launcher may look, for the tools on this machine.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use common::problem::Code;
use common::wire::archive::Who;
use platform::http::Problem;

use super::AppState;
use super::launcher::Launcher;
use crate::app::administrators;

/// A person with a session.
#[derive(Debug)]
pub(super) struct Administrator {
    pub(super) name: String,
}

impl Administrator {
    /// As the archive wants to know it.
    pub(super) fn who(&self) -> Who {
        Who::Person { name: self.name.clone() }
    }
}

impl FromRequestParts<AppState> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or(Code::Unauthenticated)?;
        let name = administrators::who(&state.0, token).await?;
        Ok(Self { name })
    }
}

/// Who may look: an administrator, or the launcher.
#[derive(Debug)]
pub(super) struct Looker;

impl FromRequestParts<AppState> for Looker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return Administrator::from_request_parts(parts, state).await.map(|_| Self);
        }
        Launcher::from_request_parts(parts, state).await.map(|_| Self)
    }
}
