//! `bulkhead check`: the proof over the real databases.

use std::path::PathBuf;

use clap::Args;

use super::print_json;
use crate::check::{self, Outcome, Report};
use crate::failure::{Failure, INCOMPLETE, Result};
use crate::load::Load;
use crate::place::Place;
use crate::screen::say;

#[derive(Debug, Args)]
pub(super) struct Wishes {
    /// What customers were promised [default: .bulkhead/promises.jsonl, if there]
    #[arg(long)]
    promises: Option<PathBuf>,
    /// As JSON, with every violation
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Place, wishes: Wishes) -> Result<()> {
    let usual = Some(Load::promises_of(place)).filter(|path| path.exists());
    let promises = wishes.promises.or(usual);
    let report = check::run(place, promises.as_deref()).await?;
    if wishes.json {
        print_json(&report)?;
    } else {
        say(report.text());
    }
    verdict(&report)
}

/// Ends the command with 1 where something was found, with 2 where not everything was read.
pub(crate) fn verdict(report: &Report) -> Result<()> {
    match report.outcome {
        Outcome::Ok => Ok(()),
        Outcome::Violated => Err(Failure::new("CHECK-VIOLATED", "The protocol was violated.")),
        Outcome::Incomplete => {
            Err(Failure::new(INCOMPLETE, "Not everything could be read, so nothing is proved.")
                .mend("./bulkhead status"))
        }
    }
}
