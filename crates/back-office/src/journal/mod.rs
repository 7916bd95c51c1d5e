//! The ledger as a plain-text accounting journal, so that an independent tool can verify the books.

use std::path::Path;

use platform::service::Fatal;

use crate::config::Config;

/// `back-office journal`: prints the journal.
pub async fn run(config: Option<&Path>) -> Result<(), Fatal> {
    Config::load(config)?;
    Ok(())
}
