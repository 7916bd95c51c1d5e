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

use super::System;
use crate::statement::{Session, maybe_row as row, rows, run as changed};

/// The queries that must never read a whole table, by a system that runs them.
pub const HOT: [(System, &str); 8] = [
    (System::Cards, cards::LIST),
    (System::Cards, cards::USABLE),
    (System::Cards, cards::LAST),
    (System::Deposits, deposits::LIST),
    (System::Loans, items::LIST),
    (System::Cash, codes::OPEN),
    (System::Messages, messages::TO_PHONE),
    (System::Messages, messages::TO_ALL),
];
