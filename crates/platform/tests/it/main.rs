//! Serving and calling over real sockets, and a Redis that misbehaves.
#![cfg(test)]

mod cache;
mod calling;
mod database;

mod endpoints;
mod probing;
mod server;
mod serving;
