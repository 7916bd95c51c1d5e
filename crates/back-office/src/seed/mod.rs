//! Demo data for the ledger and the systems, deterministic and loaded by COPY.

use std::path::Path;

use platform::service::Fatal;

/// `back-office seed`: loads what is not there yet.
pub async fn run(config: Option<&Path>, customers: &Path) -> Result<(), Fatal> {
    Err(format!("nothing loads {} ({config:?})", customers.display()).into())
}
