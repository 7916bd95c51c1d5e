//! `bulkhead applications`: what visitors have applied for, as the bank's staff reads it.
//!
//! The blocks hold applications sealed; the key that opens them is in the launcher's secrets.

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::programs::output_of;
use crate::screen::say;
use crate::services::read_secrets;
use crate::supervisor::client::Supervisor;
use crate::up::read_topology;

/// How the program is handed the private key: not on its command line, where others could see it.
const KEY: &str = "BULKHEAD_STAFF_KEY";

pub(super) async fn run(place: &Place) -> Result<()> {
    Supervisor::running(place)?;
    let secrets = read_secrets(place)?.unwrap_or_default();
    let staff = secrets.staff.ok_or_else(|| {
        Failure::new("NO-GUESTS", "This bank has no block that takes applications.")
    })?;
    let topology = read_topology(place)?;
    for (_, process, command) in topology.first_with(|programs| programs.applications.clone()) {
        let config = place.config().join(format!("{}.toml", process.name));
        let arguments = ["--config".to_owned(), config.display().to_string()];
        let text = output_of(place, &command, &arguments, &[(KEY, &staff.private)]).await?;
        if !text.trim().is_empty() {
            say(text.trim_end());
        }
    }
    Ok(())
}
