//! The block's stream to the archive (protocol §4): events, batches, acknowledgements, and who
//! waits for one.

pub mod archive;
pub mod archived;
pub mod claim;
mod event;
pub mod register;
pub mod relay;

/// The channel on which processes of the block hear that lines were acknowledged.
pub const ARCHIVED: &str = "bulkhead_archived";
/// The channel on which the worker hears that somebody waits for a line.
pub const WAITED_FOR: &str = "bulkhead_waited_for";
/// The channel on which they hear that the register's copy, or what goes with it, has changed.
pub const REGISTER: &str = "bulkhead_register";
