//! The command against real databases and processes, in checkouts of its own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bank;
mod dummy;
mod half_states;
mod lifecycle;
