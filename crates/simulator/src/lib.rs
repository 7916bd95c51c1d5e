//! The protocol, run against everything that can go wrong.
//!
//! The actors here call the decisions of `common` — the same functions that the services call — and
//! nothing else decides. Time, the network, disks and people are drawn from one seed, so that a
//! failing run replays exactly. See `docs/understand/simulation.md`.

mod archive;
mod block;
mod checker;
mod client;
pub mod coverage;
mod data;
mod faults;
mod gateway;
mod message;
pub mod model;
pub mod plan;
pub mod rng;
mod router;
pub mod run;
mod world;

pub use checker::Violation;
