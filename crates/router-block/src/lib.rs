//! The router block: tells every client which block serves him, and owns the directory of
//! customers.
//!
//! It is not on the path of customers' data. `POST /v1/route` is answered from memory: an index of
//! the directory that follows the database, and a copy of the register of ownership. Without its
//! database a running router routes on; only the directory cannot be changed then.
//!
//! It never opens a session, checks a password, moves money or reads a block's database.

pub mod app;
pub mod archive;
pub mod blocks;
pub mod conducting;
pub mod config;
pub mod decoys;
pub mod http;
pub mod index;
pub mod leading;
pub mod limits;
pub mod pages;
pub mod register;
pub mod sealer;
pub mod service;
pub mod shared;
pub mod store;
pub mod watching;
pub mod worker;
