//! The simulated systems over HTTP, with a database of their own.

mod access;
mod cash;
mod control;
pub(crate) mod database;
mod faults;
mod incoming;
mod orders;
mod risk;
mod schema;
pub(crate) mod simulation;
