//! Moves over a real archive: ordered by administrators, conducted by routers, and begun by
//! automation when a block dies.

mod actor;
mod audit;
mod automation;
mod disasters;
mod leading;
mod moves;
pub(crate) mod stage;

use platform::config::Rpc;
use serde::Deserialize;

#[derive(Deserialize)]
struct Defaults {
    rpc: Rpc,
}

/// Bounds of clients.
pub(crate) fn rpc() -> Rpc {
    let defaults = platform::config::PLATFORM_DEFAULTS;
    let defaults: Defaults = platform::config::load(defaults, None).unwrap();
    Rpc { rest_ms: 0, ..defaults.rpc }
}
