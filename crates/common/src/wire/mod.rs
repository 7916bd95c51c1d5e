//! What travels between clients and services, service by service. Field names are the contract:
//! additive changes only.

pub mod archive;
pub mod block;
pub mod disaster;
pub mod gateway;
pub mod ops;
pub mod router;
pub mod systems;
pub mod watch;
