//! The customer application of Bulkhead, as a library and a program.
//!
//! One program, three roles: `client` and `pilot` serve customers, `guest` serves visitors. A
//! request goes `http/` (routes, extractors, thin handlers) → `app/` (one use case a file, owns the
//! transaction) → `store/` (all SQL). `worker/` holds what runs without a request. Decisions are
//! pure functions in `common`.

pub mod app;
pub mod block;
pub mod config;
pub mod http;
pub mod import;
pub mod serve;
pub mod staff;
pub mod store;
pub mod worker;

pub use block::Block;
pub use config::Config;

/// The block's migrations.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
