//! The ledger: every amount leaves one account and arrives at another (ADR 0003).
//!
//! Pure parts: the chart of accounts and the entries. All SQL is in [`store`]; transactions are
//! opened by use cases of the gateway and handed in.

pub mod chart;
pub mod entry;
pub mod store;
