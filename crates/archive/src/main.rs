//! The program `archive`: `serve`, `migrate`.

use std::path::PathBuf;
use std::process::ExitCode;

use archive::config::Config;
use archive::service;
use clap::{Parser, Subcommand};
use platform::service::{Fatal, run_command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The archive: streams of the blocks, the register of ownership, moves.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until told to stop.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Bring the database's schema up to date; once, before serving.
    Migrate {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    run_command(run(Arguments::parse().command))
}

async fn run(command: Command) -> Result<(), Fatal> {
    match command {
        Command::Serve { config } => service::run(&Config::load(Some(&config))?).await,
        Command::Migrate { config } => service::migrate(&Config::load(Some(&config))?).await,
    }
}
