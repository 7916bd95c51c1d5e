//! Use cases: one file each. Each owns its transaction and asks `common` for its decisions.

pub mod admission;
pub mod change_password;
pub mod codes;
pub mod customers;
pub mod entities;
pub mod gate;
pub mod gateway;
pub mod guessing;
pub mod guest;
pub mod in_flight;
pub mod life;
pub mod load;
pub mod loosen;
pub mod notice;
pub mod operations;
pub mod overview;
pub mod passwords;
pub mod reference;
pub mod register;
pub mod report;
pub mod seals;
pub mod sessions;
pub mod streams;
pub mod templates;
pub mod transactions;
pub mod upkeep;
