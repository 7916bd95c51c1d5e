//! The command against real databases and processes, in checkouts of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod bank;
mod data_centers;
mod dummy;
mod half_states;
mod lifecycle;
mod whole_bank;
