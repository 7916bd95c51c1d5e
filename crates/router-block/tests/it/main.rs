//! The router over HTTP, with a real PostgreSQL and peers that are stand-ins.
#![cfg(test)]

mod bank;
mod customers;
mod following;
mod importing;
mod limits;
mod ops;
mod pages;
mod peer;
mod public;
mod routing;
mod statements;
mod sweeps;
mod telling;
