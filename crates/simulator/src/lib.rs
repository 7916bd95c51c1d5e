//! The protocol, run against everything that can go wrong.
//!
//! The actors here call the decisions of `common` — the same functions that the services call — and
//! nothing else decides. Time, the network, disks and people are drawn from one seed, so that a
//! failing run replays exactly. See `docs/understand/simulation.md`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "simulated milliseconds and counts are small"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "the place of a customer or slice is his name here, not only an index"
)]

mod archive;
mod block;
pub mod campaign;
mod checker;
mod client;
pub mod coverage;
mod data;
pub mod expected;
mod faults;
mod gateway;
mod hazards;
mod message;
pub mod model;
pub mod plan;
pub mod report;
pub mod rng;
mod router;
pub mod run;
mod scripts;
mod world;

pub use checker::Violation;
