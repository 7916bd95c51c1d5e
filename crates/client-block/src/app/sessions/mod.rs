//! Sessions: opened with a ticket and a password, on a new device also with a code.

pub mod answer_code;
pub mod authenticate;
pub mod end;
pub mod issue;
pub mod list;
pub mod open;
pub mod prove;
pub mod resume;

use serde::{Deserialize, Serialize};

/// On which channel a request came. A block's web and mobile servers are separate processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Browsers: the session is a cookie.
    Web,
    /// The mobile application: the session is a bearer token.
    Mobile,
}

impl Channel {
    /// The word in databases and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mobile => "mobile",
        }
    }
}
