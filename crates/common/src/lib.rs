//! The vocabulary and the decisions of the bank's front office.
//!
//! Everything here is pure: no I/O, no clock, no randomness (house rule A1, A9). What a function
//! needs to know arrives as an argument, so that services, the simulator and the checker run the
//! very same code. The numbers `I1`–`I17` refer to `docs/understand/protocol.md`.

pub mod account;
pub mod calculator;
pub mod fingerprint;
pub mod gateway;
pub mod ids;
pub mod login;
pub mod money;
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
pub use ids::{BlockName, CustomerId, Generation, OperationId, Revision};
pub use money::{Currency, Money};
pub use phone::Phone;
pub use placement::slice::SliceId;
pub use rate::Rate;
pub use time::Timestamp;
