//! All SQL of the systems. Every statement runs in the schema of the system whose connection it
//! is given: the account's search path is its own schema.

pub(super) mod cards;
pub(super) mod codes;
pub(super) mod decisions;
pub(super) mod deposits;
pub(super) mod items;
pub(super) mod messages;
pub(super) mod orders;
pub(super) mod settings;

use crate::statement::{Session, maybe_row as row, rows, run as changed};
