//! The gateway over HTTP, on a real PostgreSQL, in front of systems whose behaviour a test chooses.

mod access;
mod bench;
mod books;
mod constraints;
mod execute;
mod explain;
mod fake;
mod fence;
mod foreign;
mod orders;
mod questions;
mod recorded;
mod sweeps;
mod troubles;
