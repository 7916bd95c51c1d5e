//! `bench`: the bank beside its yardsticks, on this machine, in turn (`make bench`).
//!
//! It starts release builds of the product and what they are measured against, all of its own: on
//! loopback, at ports that were free, with databases in a directory that goes away with it. It
//! never touches a bank that is running, and ends everything it started, by its own process ids,
//! also when it is interrupted.

mod arguments;
mod failure;
mod load;
mod machine;
mod report;
mod sections;
mod servers;
mod store;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Arguments;
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(until_interrupted(&arguments)),
        Err(error) => Err(Failure::new("the runtime cannot be started", error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", platform::failure::chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// What is running ends when it is dropped: at its own end and at a signal alike.
async fn until_interrupted(arguments: &Arguments) -> Result<(), Failure> {
    let listen = |kind| signal(kind).map_err(|error| Failure::new("signals", error));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    tokio::select! {
        done = sections::run(arguments) => done,
        _ = interrupt.recv() => Err(Failure::say("interrupted")),
        _ = terminate.recv() => Err(Failure::say("told to stop")),
    }
}
