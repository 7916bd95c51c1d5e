//! Who may use what (ADR 0004): the access table of the gateway, as types. A handler that takes
//! [`Only`] of a group cannot be reached by others.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use common::problem::Code;
use platform::http::{Caller, Problem};

use super::State;

/// Services that are no blocks. Whoever else is in the configuration is one; the gateway keeps no
/// list of blocks.
const NOT_BLOCKS: [&str; 6] =
    ["archive", "gateway", "launcher", "router", "router-backup", "systems"];

/// A group of callers.
pub(super) trait Group: Send {
    /// Does this service belong to it?
    fn admits(service: &str) -> bool;
}

/// Blocks: about any customer. Which of them may act for whom is the fence's business.
pub(super) struct Blocks;
/// Who tells of new and changed customers.
pub(super) struct Directory;
/// Who decides about failovers.
pub(super) struct Watchers;
/// The simulated systems.
pub(super) struct Systems;
/// Every service that proves who it is.
pub(super) struct Everybody;

impl Group for Blocks {
    fn admits(service: &str) -> bool {
        !NOT_BLOCKS.contains(&service)
    }
}

impl Group for Directory {
    fn admits(service: &str) -> bool {
        matches!(service, "router" | "router-backup" | "launcher")
    }
}

impl Group for Watchers {
    fn admits(service: &str) -> bool {
        matches!(service, "archive" | "launcher" | "router" | "router-backup")
    }
}

impl Group for Systems {
    fn admits(service: &str) -> bool {
        service == "systems"
    }
}

impl Group for Everybody {
    fn admits(_: &str) -> bool {
        true
    }
}

/// Proof that the caller is of the group.
pub(super) struct Only<G>(PhantomData<G>);

impl<G: Group> FromRequestParts<State> for Only<G> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if G::admits(caller.service()) {
            Ok(Self(PhantomData))
        } else {
            Err(Code::ServiceNotAllowed.into())
        }
    }
}
