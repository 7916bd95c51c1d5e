//! The simulated systems behind the gateway: control of their faults, and the message channel.
//! These exist only because the systems are simulated; a bank's own have no such API.

use serde::{Deserialize, Serialize};

use crate::phone::Phone;
use crate::time::Timestamp;

/// How a simulated system behaves. Kept over restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum SystemMode {
    /// Answers at once.
    #[default]
    Up,
    /// Its listener is closed: connections are refused.
    Down,
    /// Accepts connections and never answers.
    Hanging,
    /// Answers late: log-normal around a median.
    Slow {
        /// Half of the answers take longer than this.
        median_ms: u32,
        /// One in a hundred takes longer than this.
        p99_ms: u32,
    },
    /// Fails some calls with an error.
    Failing {
        /// Of a hundred calls, this many fail.
        percent: u8,
        /// Of a hundred failures, this many come after the effect has taken place.
        after_effect_percent: u8,
    },
}

/// `GET /control/v1/systems`, one entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemStatus {
    /// Its name.
    pub system: String,
    /// Where it listens when it does.
    pub address: String,
    /// How it behaves.
    #[serde(flatten)]
    pub mode: SystemMode,
}

/// `PUT /control/v1/incoming`: make money come in and cards be used by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incoming {
    /// Events per minute over all customers; 0 switches it off.
    pub per_minute: u32,
}

/// `POST /v1/messages` at the message system: send a text to a phone. Idempotent by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// Made by the sender; the same id is sent once.
    pub message_id: uuid::Uuid,
    /// To whom.
    pub phone: Phone,
    /// What.
    pub text: String,
}

/// A message that was sent (`GET /control/v1/messages`), newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The sender's id of it.
    pub message_id: uuid::Uuid,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// To whom.
    pub phone: Phone,
    /// What.
    pub text: String,
}
