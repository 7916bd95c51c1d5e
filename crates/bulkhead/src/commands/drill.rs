//! `bulkhead drill`: do something to the bank and measure what customers notice.

use std::path::PathBuf;

use clap::Args;

use super::print_json;
use crate::drill::{self, Kind};
use crate::failure::{Failure, INCOMPLETE, Result};
use crate::load;
use crate::place::Place;
use crate::screen::say;

#[derive(Debug, Args)]
pub(super) struct Wishes {
    /// What is done
    kind: Kind,
    /// To which block
    #[arg(long, default_value = "client-1")]
    block: String,
    /// To which data centre
    #[arg(long, default_value = "dc-a")]
    data_centre: String,
    /// Freeze every process instead of killing it
    #[arg(long)]
    pause: bool,
    /// Customers with a session
    #[arg(long, default_value_t = 1_000)]
    sessions: usize,
    /// Reading requests a second, beside those by which everybody tries every two seconds
    #[arg(long, default_value_t = 100)]
    requests: u32,
    /// Orders, or steps of them, a second
    #[arg(long, default_value_t = 20)]
    operations: u32,
    /// Where it is written down what customers were promised [default: .bulkhead/promises.jsonl]
    #[arg(long)]
    promises: Option<PathBuf>,
    /// The figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Place, wishes: Wishes) -> Result<()> {
    let record = drill::run(
        place,
        drill::Wishes {
            kind: wishes.kind,
            block: wishes.block,
            data_centre: wishes.data_centre,
            pause: wishes.pause,
            load: load::Wishes {
                sessions: wishes.sessions,
                requests_per_s: wishes.requests,
                orders_per_s: wishes.operations,
                promises: wishes.promises,
            },
            aloud: !wishes.json,
        },
    )
    .await?;
    if wishes.json {
        print_json(&record)?;
    } else {
        say(record.text());
    }
    match record.check.as_str() {
        "ok" => Ok(()),
        "incomplete" => {
            Err(Failure::new(INCOMPLETE, "Not everything could be read after the drill."))
        }
        _ => Err(Failure::new("CHECK-VIOLATED", "The protocol was violated in the drill.")),
    }
}
