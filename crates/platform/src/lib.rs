//! The I/O that every service of the bank needs, once: configuration, telemetry, tasks, serving
//! and calling over HTTP, PostgreSQL, Redis, service identity.
//!
//! It knows nothing of customers or money. Decisions live in `common`.

pub mod cache;
pub mod clock;
pub mod config;
pub mod context;
pub mod failure;
pub mod http;
pub mod identity;
pub mod life;
pub mod pg;
pub mod probe;
pub mod random;
pub mod rpc;
pub mod schema;
pub mod service;
pub mod tasks;
pub mod telemetry;
pub mod totp;

pub use clock::Clock;
pub use failure::{Failure, StoreError};
pub use tasks::Tasks;
