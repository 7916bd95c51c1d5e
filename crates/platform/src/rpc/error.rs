//! How a call can fail, told apart by what the caller may conclude from it.

use common::problem::{Code, ProblemDocument};

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service could not be reached: the call did certainly not happen.
    #[error("{peer} cannot be reached")]
    NotSent {
        /// The service.
        peer: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// No time was left to make the call: it did certainly not happen.
    #[error("no time was left to call {peer}")]
    NoTimeLeft {
        /// The service.
        peer: String,
    },
    /// Too many calls to the service are under way: this one did not happen.
    #[error("too many calls to {peer} are under way")]
    TooManyInFlight {
        /// The service.
        peer: String,
    },
    /// The service could not be reached a moment ago and is left alone: this call did not happen.
    #[error("{peer} is left alone for a while")]
    Resting {
        /// The service.
        peer: String,
    },
    /// The service did not answer in time. Whether it acted is unknown.
    #[error("{peer} did not answer in time")]
    TimedOut {
        /// The service.
        peer: String,
    },
    /// The connection broke. Whether the service acted is unknown.
    #[error("the connection to {peer} broke")]
    Lost {
        /// The service.
        peer: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// The service answered with a problem document.
    #[error("refused with {}", .problem.code)]
    Refused {
        /// What it said.
        problem: Box<ProblemDocument>,
    },
    /// An error answer that is not one of our problem documents. Whether it acted is unknown.
    #[error("{peer} answered with status {status} and no problem document")]
    NotOurs {
        /// The service.
        peer: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is longer than allowed.
    #[error("the answer of {peer} is too large")]
    TooLarge {
        /// The service.
        peer: String,
    },
    /// The answer is not what it should be.
    #[error("the answer of {peer} cannot be read")]
    Unreadable {
        /// The service.
        peer: String,
        /// What went wrong.
        #[source]
        source: serde_json::Error,
    },
}

impl CallError {
    /// Is it certain that the service did not act?
    pub fn surely_not_done(&self) -> bool {
        matches!(
            self,
            Self::NotSent { .. }
                | Self::NoTimeLeft { .. }
                | Self::TooManyInFlight { .. }
                | Self::Resting { .. }
        )
    }

    /// Was it refused with this code?
    pub fn is_refusal(&self, code: Code) -> bool {
        self.problem().is_some_and(|problem| problem.code == code.as_str())
    }

    /// What the service said, if it refused.
    pub fn problem(&self) -> Option<&ProblemDocument> {
        match self {
            Self::Refused { problem } => Some(problem),
            _ => None,
        }
    }

    /// The kind of failure, for metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotSent { .. } => "not_sent",
            Self::NoTimeLeft { .. } => "no_time_left",
            Self::TooManyInFlight { .. } => "too_many_in_flight",
            Self::Resting { .. } => "resting",
            Self::TimedOut { .. } => "timed_out",
            Self::Lost { .. } => "lost",
            Self::Refused { .. } => "refused",
            Self::NotOurs { .. } => "not_ours",
            Self::TooLarge { .. } => "too_large",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}
