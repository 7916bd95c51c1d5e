//! The program `back-office`: one subcommand per process or task.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use back_office::{gateway, journal, seed, systems};
use clap::{Parser, Subcommand};
use platform::service::{Fatal, run_command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The bank's back office: gateway, ledger and simulated systems of record.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the contract in front of the back office, and the ledger.
    Gateway(Configured),
    /// Serve the simulated systems of record.
    Systems(Configured),
    /// Bring the database's schema up to this version.
    Migrate(Configured),
    /// Load demo customers with their accounts, products and history; a second run changes nothing.
    Seed {
        #[command(flatten)]
        configured: Configured,
        /// One customer a line, as JSON.
        #[arg(long)]
        customers: PathBuf,
    },
    /// Print the ledger as a plain-text accounting journal (hledger syntax).
    Journal(Configured),
    /// Prove from the whole ledger that money is conserved (I16); exit code 1 if it is not.
    Verify(Configured),
}

#[derive(clap::Args)]
struct Configured {
    /// The configuration file; without it the defaults and the environment.
    #[arg(long)]
    config: Option<PathBuf>,
}

impl Configured {
    fn path(&self) -> Option<&Path> {
        self.config.as_deref()
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run_command(run(arguments.command))
}

async fn run(command: Command) -> Result<(), Fatal> {
    match command {
        Command::Gateway(at) => gateway::run(at.path()).await,
        Command::Systems(at) => systems::run(at.path()).await,
        Command::Migrate(at) => {
            gateway::migrate(at.path()).await?;
            systems::migrate(at.path()).await
        }
        Command::Seed { configured, customers } => seed::run(configured.path(), &customers).await,
        Command::Journal(at) => journal::run(at.path()).await,
        Command::Verify(at) => gateway::verify(at.path()).await,
    }
}
