//! The archive over HTTP, on a real PostgreSQL.
#![cfg(test)]

mod authorization;
mod bench;
mod changes;
mod constraints;
mod late;
mod lives;
mod loads;
mod loosenings;
mod moves;
mod recorded;
mod register;
mod streams;
mod sweeps;
