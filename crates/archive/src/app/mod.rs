//! What the archive does: one file a use case. Each owns its transaction; decisions are `common`'s.

pub mod approvals;
pub mod automation;
pub mod batch;
pub mod changes;
pub mod lives;
pub mod load;
pub mod loosen;
pub mod moves;
pub mod partitions;
pub mod recovery;
pub mod register;
pub mod reread;
pub mod retention;
pub mod routers;
pub mod slices;
pub mod standby;
