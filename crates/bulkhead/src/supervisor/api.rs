//! What is said between the command and the supervisor, and where the supervisor is found.

use serde::{Deserialize, Serialize};

use super::Report;
use crate::procs::Identity;

/// The header that carries the supervisor's token.
pub const TOKEN_HEADER: &str = "bulkhead-token";

/// Where a supervisor listens; written when it does, readable by its owner only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The supervisor's process.
    pub identity: Identity,
    /// `127.0.0.1:<port>`.
    pub listen: String,
    /// Made anew at every start.
    pub token: String,
    /// The program's file as it was started, to notice a newer build.
    pub program: String,
}

/// Which processes an order means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Names of the plan.
    pub names: Vec<String>,
}

/// What to heal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealOrder {
    /// As on the command line; none: everything.
    pub target: Option<String>,
}

/// The states of all processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// One a process.
    pub reports: Vec<Report>,
}

/// An order that could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable code.
    pub code: String,
    /// One sentence.
    pub sentence: String,
}
