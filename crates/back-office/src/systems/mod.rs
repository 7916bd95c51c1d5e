//! The simulated systems of record: each with its own listener, schema, account and faults.

use std::path::Path;

use platform::service::Fatal;

/// `back-office systems`: serves until told to stop.
#[expect(clippy::unused_async, reason = "the shape of its siblings")]
pub async fn run(config: Option<&Path>) -> Result<(), Fatal> {
    Err(format!("no systems are configured ({config:?})").into())
}

/// The systems' part of `back-office migrate`; nothing where no system is configured.
#[expect(clippy::unused_async, reason = "the shape of its siblings")]
pub async fn migrate(_config: Option<&Path>) -> Result<(), Fatal> {
    Ok(())
}
