//! All SQL of the block: one file a noun. Functions that touch a customer's rows take his scope.

pub mod acceptance;
pub mod application;
pub mod batch;
pub mod challenge;
pub mod confirmation;
pub mod customer;
pub mod device;
pub mod followed;
pub mod foreign;
pub mod giving_up;
pub mod import;
pub mod joining;
pub mod life;
pub mod login_guard;
pub mod loosening;
pub mod notice;
pub mod operation;
pub mod outbox;
pub mod placement;
pub mod reference;
pub mod report;
pub mod session;
pub mod standing;
pub mod template;
pub mod ticket;
pub mod token;
