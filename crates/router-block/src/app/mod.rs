//! What the router does, one use case a file. Use cases own their transactions.

pub mod administrators;
pub mod approvals;
pub mod audit;
pub mod blocks;
pub mod bootstrap;
pub mod change_keys;
pub mod create_customer;
pub mod customer;
pub mod disasters;
pub mod failover;
pub mod import;
pub mod input;
pub mod key;
pub mod lead;
pub mod moves;
pub mod placements;
pub mod register;
pub mod route;
pub mod tell;
