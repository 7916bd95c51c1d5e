//! `bulkhead load`: many customers at once.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::time::sleep;

use super::{duration, print_json};
use crate::failure::Result;
use crate::load::{self, Load};
use crate::place::Place;
use crate::screen::say;

#[derive(Debug, Args)]
pub(super) struct Wishes {
    /// Customers with a session
    #[arg(long, default_value_t = 1_000)]
    sessions: usize,
    /// Reading requests a second
    #[arg(long, default_value_t = 100)]
    requests: u32,
    /// Orders, or steps of them, a second
    #[arg(long, default_value_t = 20)]
    operations: u32,
    /// For how long, once everybody has logged in
    #[arg(long = "for", default_value = "60s", value_parser = duration)]
    lasting: Duration,
    /// Where it is written down what customers were promised [default: .bulkhead/promises.jsonl]
    #[arg(long)]
    promises: Option<PathBuf>,
    /// The figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Place, wishes: Wishes) -> Result<()> {
    let json = wishes.json;
    let how_much = load::Wishes {
        sessions: wishes.sessions,
        requests_per_s: wishes.requests,
        orders_per_s: wishes.operations,
        promises: wishes.promises,
    };
    if !json {
        say(format!("{} customers log in.", wishes.sessions));
    }
    let load = Load::prepare(place, how_much).await?;
    if !json {
        say(format!("{} have a session; the load begins.", load.customers.len()));
    }
    let end = async {
        sleep(wishes.lasting).await;
        let summary = load.summary();
        load.stop();
        Ok(summary)
    };
    let (mut summary, ()) = tokio::try_join!(end, load.run())?;
    // What was ordered came to its end after the load.
    summary.orders = load.summary().orders;
    if json {
        return print_json(&summary);
    }
    say(summary.text());
    match load.orders_open() {
        0 => say("  every order has come to its end"),
        open => say(format!("  {open} orders have not come to their end yet")),
    }
    Ok(())
}
