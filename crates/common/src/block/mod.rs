//! What a block decides about itself: whom it serves, when it loads, what it hands over and seals,
//! what it sends to the archive, and how it starts (protocol §3, §4, §6, §7).

pub mod access;
pub mod admission;
pub mod admitting;
pub mod archive_life;
pub mod catching_up;
pub mod cursor;
pub mod following;
pub mod foreign;
pub mod giving_up;
pub mod joining;
pub mod journal;
pub mod loading;
pub mod named_late;
pub mod own;
pub mod relay;
pub mod row;
pub mod signing_out;
pub mod start;
pub mod viewing;
