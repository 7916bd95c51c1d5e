//! The archive: it holds what the blocks have replicated, the register of ownership, and what
//! people have approved (protocol §3–§6).
//!
//! Each request is one transaction: it loads what is known, asks `common` to decide, and writes
//! down what was decided. Several processes may serve one database. Blocks run without the archive;
//! only moves, loads and loosening need it.
//!
//! It never calls a block, never looks into a payload, and never refuses an event.

pub mod app;
pub mod archive;
pub mod config;
pub mod http;
pub mod service;
pub mod store;
pub mod worker;
