//! The `bulkhead` command: starts the whole bank on one machine, watches over it, breaks parts of
//! it on demand and shows how it is.
//!
//! Everything it does follows from `deploy/topology.toml` and lies in `.bulkhead/`. It serves no
//! customer: when it ends, the bank goes on under its supervisor.

pub mod browser;
pub mod commands;
pub mod demo;
pub mod failure;
pub mod faults;
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
pub mod services;
pub mod store;
pub mod supervisor;
pub mod tools;
pub mod topology;
pub mod up;
pub mod view;
