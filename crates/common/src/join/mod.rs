//! The joins: what two blocks make of two versions of the same thing (protocol §6).
//!
//! Each is commutative, associative and idempotent, so that taking a customer over and pouring his
//! operations back are one act, which may be done any number of times and in either direction.

pub mod arriving;
pub mod lock;
pub mod operation;
pub mod register;
pub mod session;
