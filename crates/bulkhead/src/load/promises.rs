//! What each customer was promised, as the customers themselves know it: JSON lines, only ever
//! appended. A key is in it before its order is first sent, so that what the bank loses can be
//! missed. `check` reads it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use common::{CustomerId, OperationId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::{Failure, Result};

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// When, by the customers' clock.
    pub(crate) at: Timestamp,
    /// Who.
    pub(crate) customer_id: CustomerId,
    /// What.
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum What {
    /// He keeps an order, and has not sent it yet.
    Kept {
        /// The `Idempotency-Key`.
        key: String,
        /// Follows from customer and key.
        operation_id: OperationId,
        /// Of operation.
        kind: String,
        /// In minor units.
        amount_minor: i64,
        /// Of the amount.
        currency: String,
        /// The paying account.
        from: String,
        /// The receiving account.
        payee: String,
    },
    /// He was told something of it.
    Told {
        /// Of which.
        operation_id: OperationId,
        /// What.
        told: Told,
        /// The operation's state, as it was shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// By which block.
        block: String,
    },
    /// A session was opened for him.
    Session {
        /// Which.
        session_id: Uuid,
        /// Was it said to be in two compartments? Absent where nothing was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        durable: Option<bool>,
        /// By which block.
        block: String,
    },
    /// A session was not believed any more.
    SessionEnded {
        /// By which block.
        block: String,
        /// In the server's word.
        code: String,
    },
}

/// What a customer was told of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    /// In one compartment; or nothing yet that would bind the bank.
    Saved,
    /// In two.
    Accepted,
    /// Executed.
    Done,
    /// Ended without an effect: rejected, cancelled, expired.
    NotDone,
    /// The order itself was refused: nothing is stored under the key.
    Refused,
}

/// The file.
#[derive(Debug)]
pub(crate) struct Promises {
    path: PathBuf,
    file: Mutex<File>,
}

impl Promises {
    /// Opens it for appending, or makes it. A line that a death has cut off is taken away: it was
    /// never acted on.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let open = || {
            let file =
                OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
            let text = std::fs::read(path)?;
            let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            file.set_len(whole as u64)?;
            Ok(file)
        };
        let file = open().map_err(|error: std::io::Error| Failure::file(path, &error))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line down before anything else happens.
    pub(crate) fn note(&self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_string(line)
            .map_err(|error| Failure::new("PROMISES", format!("A promise: {error}.")))?;
        text.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(text.as_bytes()).map_err(|error| Failure::file(&self.path, &error))
    }
}

/// Reads all lines. A last line that was cut off by the writer's death is no promise.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>> {
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let texts: Vec<String> = BufReader::new(file)
        .lines()
        .collect::<std::io::Result<_>>()
        .map_err(|error| Failure::file(path, &error))?;
    let mut lines = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        match serde_json::from_str(text) {
            Ok(line) => lines.push(line),
            Err(_cut_off) if at + 1 == texts.len() => break,
            Err(error) => {
                let sentence = format!("{}, line {}: {error}.", path.display(), at + 1);
                return Err(Failure::new("PROMISES", sentence));
            }
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_again_and_a_torn_end_is_no_promise() {
        let path = std::env::temp_dir().join(format!("promises-{}.jsonl", std::process::id()));
        let promises = Promises::open(&path).unwrap();
        let customer_id = CustomerId(7);
        let id = OperationId::derive(customer_id, "a-key-of-sixteen");
        let at = Timestamp::from_unix_ms(1_000);
        let kept = What::Kept {
            key: "a-key-of-sixteen".to_owned(),
            operation_id: id,
            kind: "own_transfer".to_owned(),
            amount_minor: 123,
            currency: "RUB".to_owned(),
            from: "a".to_owned(),
            payee: "b".to_owned(),
        };
        let told = What::Told {
            operation_id: id,
            told: Told::Accepted,
            state: Some("sent".to_owned()),
            block: "client-1".to_owned(),
        };
        let lines = [kept, told].map(|what| Line { at, customer_id, what });
        for line in &lines {
            promises.note(line).unwrap();
        }
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"at\"").unwrap();
        assert_eq!(read(&path).unwrap(), lines);
        Promises::open(&path).unwrap().note(&lines[0]).unwrap();
        assert_eq!(read(&path).unwrap().len(), 3, "a torn line is gone");
        std::fs::remove_file(&path).unwrap();
    }
}
