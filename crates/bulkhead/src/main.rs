//! The `bulkhead` command. See the library for what it does.

use std::io::Write;
use std::process::ExitCode;

use bulkhead::commands::{Cli, run};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // One thread: the supervisor's children live as long as the thread that started them.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failed(&format!("The command cannot start: {error}."), ExitCode::FAILURE);
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure.to_string(), failure.exit()),
    }
}

fn failed(text: &str, code: ExitCode) -> ExitCode {
    // Nobody to tell is no reason to fail differently.
    drop(writeln!(std::io::stderr(), "{text}"));
    code
}
