//! The authorization type of the administrators' API: until administrators have accounts, the
//! launcher acts for them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use platform::http::{Caller, Problem};

use super::AppState;

/// The access table of this listener: service names.
const ALLOWED: &[&str] = &["launcher"];

/// The launcher, which proved who it is.
#[derive(Debug)]
pub(super) struct Launcher;

impl FromRequestParts<AppState> for Launcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.must_be_one_of(ALLOWED)?;
        Ok(Self)
    }
}
