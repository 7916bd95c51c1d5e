//! The ledger as a plain-text accounting journal in hledger's syntax, so that an independent tool
//! can verify the books: `back-office journal --config F | hledger -f - check -s`.
//!
//! It is streamed from one moment of the ledger and ends with an assertion of every balance.

pub mod app;
mod hledger;
mod store;

use std::io::{BufWriter, Write as _};
use std::path::Path;

use platform::pg::Db;
use platform::service::Fatal;

use crate::config::Config;

/// `back-office journal`: prints the journal.
pub async fn run(config: Option<&Path>) -> Result<(), Fatal> {
    let config = Config::load(config)?;
    let db = Db::new(&config.database, "journal")?;
    let mut out = BufWriter::new(std::io::stdout());
    app::export(&db, &mut out).await?;
    out.flush()?;
    Ok(())
}
