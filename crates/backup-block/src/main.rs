//! `backup-block serve | migrate`: a process of a backup block.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use client_block::{MIGRATIONS, serve};
use platform::service::{Fatal, run_command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(version, about = "A backup block of Bulkhead")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the channels that the configuration names, until told to stop.
    Serve {
        /// The configuration of this process.
        #[arg(long)]
        config: PathBuf,
    },
    /// Bring the block's schema up to date. Run once per block, before `serve`.
    Migrate {
        /// The configuration of any process of the block.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    run_command(run(Arguments::parse().command))
}

async fn run(command: Command) -> Result<(), Fatal> {
    match command {
        Command::Serve { config } => serve::run(backup_block::load(&config)?).await,
        Command::Migrate { config } => {
            let config = backup_block::load(&config)?;
            platform::schema::migrate(&config.database.url, &MIGRATIONS).await?;
            Ok(())
        }
    }
}
