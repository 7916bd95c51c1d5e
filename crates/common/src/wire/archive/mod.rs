//! The archive's API: streams of the blocks, loads and changes, the register and its moves, and
//! what people have approved (protocol §3–§6). Every answer names the life of the archive that
//! gave it: an answer of an older one counts for nothing.

pub mod actions;
mod customers;
mod moves;
mod routers;
mod streams;

pub use customers::{
    Change, Changes, ChangesQuery, Entity, LoadQuery, Loaded, LoadedCustomer, Loosen, Loosened,
    Page, SliceQuery,
};
pub use moves::{
    Approval, ApprovalState, Approve, AskApproval, Automation, MoveOrder, MoveState, MoveView,
    PutAutomation, Refusal, StepOutcome, StepRequest, Stepped, Who,
};
pub use routers::PromoteRouter;
pub use streams::{
    Acknowledged, Batch, BatchAnswer, EntityWritten, Event, EventBody, ExcuseWitness, LateCustomer,
    LateSlice, Marks, Register, RegisterQuery, SetStandby, Standby, Told, Witness, Witnessed,
};
