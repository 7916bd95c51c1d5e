//! What the archive does: one file a use case. Each owns its transaction; decisions are `common`'s.

pub mod batch;
pub mod lives;
pub mod load;
pub mod partitions;
pub mod register;
pub mod slices;
