//! The router over HTTP, with a real PostgreSQL and peers that are stand-ins.
#![cfg(test)]

mod administrators;
mod archive;
mod bank;
mod customers;
mod failover;
mod following;
mod importing;
mod limits;
mod ops;
mod pages;
mod peer;
mod public;
mod register;
mod routing;
mod statements;
mod sweeps;
mod telling;
