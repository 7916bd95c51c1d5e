//! `client-block staff-key` and `client-block applications`: for the bank's staff, who hold the
//! private key. The serving processes never do.

use std::io::Write as _;

use platform::pg::Db;
use platform::service::Fatal;
use serde_json::{Value, json};

use crate::app::guest::sealing;
use crate::config::Config;
use crate::store;

/// A new pair of keys, as JSON.
pub fn new_key() -> String {
    let (private, public) = sealing::new_pair();
    json!({ "private": private, "public": public }).to_string()
}

/// Writes the block's applications to standard output, opened, one JSON object a line.
pub async fn applications(config: &Config, private: &str) -> Result<(), Fatal> {
    let db = Db::new(&config.database, "applications")?;
    let connection = db.connection().await?;
    let mut out = std::io::stdout().lock();
    for row in store::application::all(&connection).await? {
        let plain = sealing::open(private, &row.sealed, row.reference.as_bytes())?;
        let content: Value = serde_json::from_slice(&plain)?;
        let (reference, received_at) = (row.reference, row.received_at);
        let line = json!({
            "reference": reference, "received_at": received_at, "application": content,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
