//! The log of a process: appended to over restarts, turned over at a start when it has grown.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A log larger than this becomes `<log>.1` when its process starts.
const TURN_OVER_BYTES: u64 = 20 * 1024 * 1024;

/// Opens a process's log for appending.
pub(super) fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > TURN_OVER_BYTES) {
        let mut older = path.as_os_str().to_owned();
        older.push(".1");
        fs::rename(path, older)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Adds a line of the supervisor's own to a process's log. What cannot be written is let go: the
/// process matters more than the remark about it.
pub(super) fn remark(path: &Path, text: &str) {
    if let Ok(mut file) = open(path) {
        let written = writeln!(file, "supervisor: {text}");
        drop(written);
    }
}
