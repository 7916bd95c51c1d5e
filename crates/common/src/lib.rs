//! The vocabulary and the decisions of the bank's front office.
//!
//! Everything here is pure: no I/O, no clock, no randomness (house rule A1, A9). What a function
//! needs to know arrives as an argument, so that services, the simulator and the checker run the
//! very same code. The numbers `I1`–`I17` refer to `docs/understand/protocol.md`.

pub mod account;
pub mod archive;
pub mod block;
pub mod calculator;
pub mod failover;
pub mod fingerprint;
pub mod gateway;
pub mod guards;
pub mod ids;
pub mod incarnation;
pub mod join;
pub mod leading;
pub mod login;
pub mod money;
pub mod notice;
pub mod object;
pub mod operation;
pub mod order_key;
pub mod phone;
pub mod placement;
pub mod problem;
pub mod rate;
mod schema;
pub mod ticket;
pub mod time;
pub mod wire;

pub use account::AccountNumber;
pub use guards::{Guard, Guards};
pub use ids::{BlockName, CustomerId, Generation, OperationId, Revision};
pub use incarnation::Incarnation;
pub use money::{Currency, Money};
pub use phone::Phone;
pub use placement::slice::SliceId;
pub use rate::Rate;
pub use time::Timestamp;
