//! Operations: what a customer asks the bank to do, and how far it has come (protocol §5).

pub mod cancelling;
pub mod concluding;
pub mod hashed;
pub mod intent;
pub mod kind;
pub mod policy;
pub mod progress;
pub mod reason;
pub mod repeated;
pub mod shown;
pub mod state;

pub use intent::{Intent, IntentHash, Payee, Terms};
pub use kind::OperationKind;
pub use reason::RejectReason;
pub use shown::{Durability, Shown};
pub use state::OperationState;
