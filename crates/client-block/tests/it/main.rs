//! The block over HTTP: with a real PostgreSQL and Redis, and a stand-in for the back office that
//! decides as the gateway does and misbehaves as a test says.
#![cfg(test)]

mod archive;
mod authorization;
mod bad_input;
mod bank;
mod client;
mod core;
mod csrf;
mod data;
mod foreign;
mod gate;
mod giving_up;
mod guest;
mod internal;
mod keeping;
mod login;
mod loosening;
mod operations;
mod outbox;
mod overview;
mod placement;
mod resuming;
mod routes;
mod schema;
mod sessions;
mod shutdown;
mod stand_in;
mod streams;
mod sweeps;
mod takeover;
mod whole;
