//! What a block decides about itself: whom it serves, when it loads, what it hands over and seals,
//! what it sends to the archive, and how it starts (protocol §3, §4, §6, §7).

pub mod access;
pub mod cursor;
pub mod following;
pub mod giving_up;
pub mod loading;
pub mod relay;
pub mod signing_out;
pub mod start;
