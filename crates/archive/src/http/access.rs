//! Who may use what (ADR 0004), as types: a handler that takes [`Only`] of a group cannot be
//! reached by others. A block speaks for itself alone.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use common::BlockName;
use common::problem::Code;
use platform::http::{Caller, Problem};

use super::State;
use crate::app::routers::Asker;

/// Services that are no blocks. Whoever else is in the configuration is one.
const NOT_BLOCKS: [&str; 6] =
    ["router", "router-backup", "launcher", "gateway", "systems", "archive"];

/// Is this the name of a block?
pub(super) fn is_block(service: &str) -> bool {
    !NOT_BLOCKS.contains(&service)
}

/// A group of callers.
pub(super) trait Group: Send {
    /// Does this service belong to it?
    fn admits(service: &str) -> bool;
}

/// Blocks.
pub(super) struct Blocks;
/// Blocks and whoever routes or looks after the bank.
pub(super) struct Readers;
/// The launcher, which seeds.
pub(super) struct Launcher;
/// Through whom people and automation decide.
pub(super) struct Operators;
/// They, and blocks for themselves.
pub(super) struct Movers;
/// Who has a copy of the register.
pub(super) struct Witnesses;

impl Group for Blocks {
    fn admits(service: &str) -> bool {
        is_block(service)
    }
}

impl Group for Readers {
    fn admits(service: &str) -> bool {
        !matches!(service, "gateway" | "systems")
    }
}

impl Group for Launcher {
    fn admits(service: &str) -> bool {
        service == "launcher"
    }
}

impl Group for Operators {
    fn admits(service: &str) -> bool {
        matches!(service, "router" | "router-backup" | "launcher")
    }
}

impl Group for Witnesses {
    fn admits(service: &str) -> bool {
        is_block(service) || matches!(service, "router" | "router-backup")
    }
}

impl Group for Movers {
    fn admits(service: &str) -> bool {
        is_block(service) || Operators::admits(service)
    }
}

/// Proof that the caller is of the group.
pub(super) struct Only<G> {
    caller: Caller,
    group: PhantomData<G>,
}

impl<G> Only<G> {
    /// The caller's name.
    pub(super) fn service(&self) -> &str {
        self.caller.service()
    }

    /// Who asks, and as a router under which generation.
    pub(super) fn asker(&self) -> Asker<'_> {
        Asker { service: self.caller.service(), carried: self.caller.router_generation() }
    }

    /// The caller speaks for this block: it is that block.
    pub(super) fn speaks_for(&self, block: &BlockName) -> Result<(), Problem> {
        self.caller.must_be_one_of(&[block.as_str()])
    }
}

impl<G: Group> FromRequestParts<State> for Only<G> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if G::admits(caller.service()) {
            Ok(Self { caller, group: PhantomData })
        } else {
            Err(Code::ServiceNotAllowed.into())
        }
    }
}
