//! What a command says when it cannot do what it was asked: a stable code, one sentence, the
//! command that mends it and, where a log explains it, the tail of that log.
//!
//! Codes are part of the command's interface: scripts and documentation name them. A source error
//! is put into the sentence's words where it helps; nobody is shown a backtrace.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The code of a check that could not read everything.
pub const INCOMPLETE: &str = "CHECK-INCOMPLETE";
/// Lines of a log that are shown with a failure.
const TAIL_LINES: usize = 12;

/// A command's failure, complete with what to do about it.
#[derive(Debug)]
pub struct Failure {
    code: Cow<'static, str>,
    sentence: String,
    mend: Option<String>,
    log: Option<PathBuf>,
}

/// What every command returns.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure with its stable code and one sentence.
    pub fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { code: code.into(), sentence: sentence.into(), mend: None, log: None }
    }

    /// A refusal of a service, with the code that the service gave.
    pub fn refused(code: String, sentence: String) -> Self {
        Self { code: code.into(), sentence, mend: None, log: None }
    }

    /// A file could not be read or written. A full disk has a code of its own.
    pub fn file(path: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull {
            return Self::disk_full(path);
        }
        let code = match error.kind() {
            io::ErrorKind::PermissionDenied => "UP-NO-PERMISSION",
            _ => "UP-FILE",
        };
        Self::new(code, format!("{} cannot be used: {error}.", path.display()))
    }

    /// The file system that holds `path` is full.
    pub fn disk_full(path: &Path) -> Self {
        Self::new("UP-DISK-FULL", format!("The disk that holds {} is full.", path.display()))
            .mend("df -h .    # free some space, then: make up")
    }

    /// The command that mends it.
    #[must_use]
    pub fn mend(mut self, command: impl Into<String>) -> Self {
        self.mend = Some(command.into());
        self
    }

    /// The log whose tail explains it. A log that ends with a full disk changes the code.
    #[must_use]
    pub fn log(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let full = tail(&path, TAIL_LINES)
            .iter()
            .any(|line| line.to_ascii_lowercase().contains("no space left on device"));
        if full && self.code != "UP-DISK-FULL" {
            self = Self::disk_full(&path);
        }
        self.log = Some(path);
        self
    }

    /// What the command ends with: 2 where nothing wrong was found and not everything was read.
    pub fn exit(&self) -> ExitCode {
        if self.code == INCOMPLETE { ExitCode::from(2) } else { ExitCode::FAILURE }
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The sentence alone.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)?;
        if let Some(mend) = &self.mend {
            write!(f, "\n  mend it:  {mend}")?;
        }
        if let Some(log) = &self.log {
            let lines = tail(log, TAIL_LINES);
            if lines.is_empty() {
                write!(f, "\n  its log is empty: {}", log.display())?;
            } else {
                write!(f, "\n  the end of {}:", log.display())?;
            }
            for line in lines {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// The last `lines` lines of a file; none when it cannot be read.
pub fn tail(path: &Path, lines: usize) -> Vec<String> {
    use std::io::{Read, Seek, SeekFrom};
    const ENOUGH: u64 = 256 * 1024;
    let read = || -> io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let Ok(bytes) = read() else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_as_code_sentence_remedy_and_log() {
        let directory = std::env::temp_dir().join(format!("failure-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let log = directory.join("x.log");
        std::fs::write(&log, "one\ntwo\n").unwrap();
        let failure = Failure::new("UP-X", "It does not work.").mend("make it").log(&log);
        let shown = failure.to_string();
        assert!(shown.starts_with("UP-X: It does not work.\n  mend it:  make it\n  the end of "));
        assert!(shown.ends_with("\n    one\n    two"));

        std::fs::write(&log, "FATAL: could not write: No space left on device\n").unwrap();
        assert_eq!(Failure::new("UP-X", "No.").log(&log).code(), "UP-DISK-FULL");
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
