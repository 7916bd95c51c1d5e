//! The measurements, one a file. In each, product and yardstick take turns, adjacent, round by
//! round.

mod logins;
mod operations;
mod relay;
mod route;

use std::time::Duration;

use platform::Clock;
use time::OffsetDateTime;

use crate::arguments::{Arguments, Section};
use crate::failure::{Failure, Result};
use crate::machine::{Directory, Programs, load_average};
use crate::report;
use crate::servers::Ground;

/// Runs what is wanted.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    if let Some(fault) = arguments.fault() {
        return Err(Failure::say(fault));
    }
    for section in Section::ALL {
        if !arguments.wants(section) {
            continue;
        }
        // Nothing of one section runs or lies about during the next.
        let programs = Programs::find()?;
        let ground = Ground { programs, directory: Directory::make(&arguments.directory)? };
        let (name, text) = match section {
            Section::Route => ("route", route::run(arguments, &ground).await?),
            Section::Operations => ("operations", operations::run(arguments, &ground).await?),
            Section::Logins => ("logins", logins::run(arguments, &ground).await?),
            Section::Relay => ("relay", relay::run(arguments, &ground).await?),
        };
        println!("\n{text}");
        if arguments.write {
            report::write(name, &text)?;
        }
    }
    Ok(())
}

/// The length of a turn.
fn within(arguments: &Arguments) -> Duration {
    Duration::from_secs(arguments.seconds)
}

/// Says what happens, for those who wait.
fn say(what: &str) {
    eprintln!("{what} (load average {})", load_average());
}

/// The line above a section's tables.
fn circumstances(arguments: &Arguments, load_before: &str) -> String {
    let Arguments { rounds, seconds, .. } = arguments;
    let how =
        format!("{rounds} rounds of {seconds} s each; median (least–greatest) of the rounds.");
    circumstances_of(load_before, &how)
}

/// The same for a section that says itself how it was measured.
fn circumstances_of(load_before: &str, how: &str) -> String {
    let now = OffsetDateTime::from(Clock::system().now());
    report::circumstances(&now.date().to_string(), load_before, how)
}
