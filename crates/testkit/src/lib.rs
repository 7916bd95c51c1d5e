//! What integration tests need: a PostgreSQL and a Redis of their own, and a way to wait.
//!
//! ```text
//! let db = testkit::postgres().await.database(&MIGRATIONS).await; // fresh and migrated
//! let redis = testkit::redis().await;                             // shared by the binary
//! testkit::eventually("the token is gone", || async { tokens(&db.url).await == 0 }).await;
//! ```
//!
//! Servers listen on random ports of loopback, live in a directory of their own under `/tmp`, and
//! are gone when the test binary is, however it ended: a small shell holds them, and lets go when
//! the pipe from the test process closes. The machine's own servers are never touched.
//!
//! Helpers panic where something is wrong: in a test there is nobody to hand an error to.

pub mod openapi;
mod postgres;
mod redis;
mod server;
mod wait;

pub use postgres::{Postgres, TestDb, postgres};
pub use redis::{Redis, redis};
pub use wait::{eventually, eventually_within};
