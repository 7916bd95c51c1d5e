//! The back office against a real PostgreSQL.
#![cfg(test)]

mod gateway;
mod seed;
mod systems;
