//! The block over HTTP: with a real PostgreSQL and Redis, and a stand-in for the back office that
//! decides as the gateway does and misbehaves as a test says.
#![cfg(test)]

mod bank;
mod client;
mod data;
mod login;
mod operations;
mod sessions;
mod stand_in;
