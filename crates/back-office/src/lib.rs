//! The back office: the gateway of protocol §5 with its double-entry ledger, and the simulated
//! systems of record behind it.
//!
//! The gateway and the systems are two processes of one program. They meet over HTTP only, with
//! the types of [`foreign`]; neither reads the other's tables.

pub mod config;
pub mod foreign;
pub mod gateway;
pub mod journal;
pub mod ledger;
pub mod seed;
pub mod statement;
pub mod systems;
