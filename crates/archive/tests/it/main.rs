//! The archive over HTTP, on a real PostgreSQL.
#![cfg(test)]

mod authorization;
mod bench;
mod changes;
mod constraints;
mod explain;
mod late;
mod lives;
mod loads;
mod loosenings;
mod moves;
mod recorded;
mod recovery;
mod register;
mod reread;
mod retention;
mod routers;
mod standby;
mod streams;
mod sweeps;
