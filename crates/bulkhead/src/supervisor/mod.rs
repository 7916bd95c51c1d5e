//! The supervisor: the one process that stays after `up` has returned. It starts what the plan
//! names, starts again what dies by itself, and carries out faults.
//!
//! Everything runs on its main thread: children ask the kernel to be ended with the thread that
//! started them, so that thread must live as long as the supervisor does. It never restarts the
//! victim of a fault, never decides what belongs to the bank (the plan does), and keeps nothing
//! that a restart would lose.

pub mod api;
mod bank;
pub mod client;
pub mod daemon;
mod http;
mod log_file;
pub mod restart;
mod runner;
mod systems;

use serde::{Deserialize, Serialize};

use crate::faults::Verb;
use crate::procs::Identity;

/// What a process is doing, as far as its supervisor knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not started.
    Down,
    /// Runs. Whether it is ready, only it can say.
    Running,
    /// Died by itself; is started again after a pause.
    Restarting,
    /// Stopped by a fault (SIGSTOP) until it is healed.
    Paused,
    /// A link that a fault cut: it runs and carries nothing until it is healed.
    Cut,
    /// Killed by a fault; stays down until it is healed.
    Killed,
    /// Stopped by a fault in an orderly way; stays down until it is healed.
    Stopped,
}

/// What the supervisor tells of one process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The process's name in the plan.
    pub name: String,
    /// What it is doing.
    pub state: State,
    /// The running process.
    pub identity: Option<Identity>,
    /// How often it died by itself since the supervisor started.
    pub deaths: u32,
    /// How it ended last, in words.
    pub last_end: Option<String>,
}

/// A fault that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultOrder {
    /// What is to be done.
    pub verb: Verb,
    /// To what, as on the command line.
    pub target: String,
    /// Healed by itself after this time.
    pub for_ms: Option<u64>,
}

impl State {
    /// The state of a fault's victim.
    pub fn after(verb: Verb) -> Self {
        match verb {
            Verb::Kill => Self::Killed,
            Verb::Pause => Self::Paused,
            Verb::Cut => Self::Cut,
            Verb::Stop | Verb::Slow | Verb::Fail => Self::Stopped,
        }
    }

    /// The word on screen and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Paused => "paused",
            Self::Cut => "cut",
            Self::Killed => "killed",
            Self::Stopped => "stopped",
        }
    }
}
