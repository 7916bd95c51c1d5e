//! The `bulkhead` command: starts the whole bank on one machine, watches over it, breaks parts of
//! it on demand and shows how it is.
//!
//! Everything it does follows from `deploy/topology.toml` and lies in `.bulkhead/`. It serves no
//! customer: when it ends, the bank goes on under its supervisor.

pub mod browser;
mod check;
pub mod commands;
pub mod demo;
mod disaster;
mod drill;
pub mod failure;
pub mod faults;
pub mod link;
mod load;
pub mod loopback;
pub mod place;
pub mod plan;
pub mod postgres;
pub mod probe;
pub mod procs;
pub mod programs;
pub mod render;
pub mod screen;
pub mod secrets;
pub mod servers;
pub mod services;
pub mod store;
pub mod supervisor;
pub mod tools;
pub mod topology;
mod tour;
pub mod up;
pub mod view;
