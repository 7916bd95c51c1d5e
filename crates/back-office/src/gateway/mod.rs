//! The gateway: the contract in front of the back office (protocol §5), with the ledger in its own
//! database and transaction.

pub mod store;

use std::path::Path;

use platform::service::Fatal;

use crate::config::Config;

/// `back-office gateway`: serves until told to stop.
pub async fn run(config: Option<&Path>) -> Result<(), Fatal> {
    Config::load(config)?;
    Ok(())
}

/// The gateway's part of `back-office migrate`.
pub async fn migrate(config: Option<&Path>) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    platform::schema::migrate(&config.database.url, &store::migrations()).await?;
    Ok(())
}

/// `back-office verify`.
pub async fn verify(config: Option<&Path>) -> Result<(), Fatal> {
    Config::load(config)?;
    Ok(())
}
