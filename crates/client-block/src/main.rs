//! `client-block serve | migrate | import`: a process of a client, pilot or guest block.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use client_block::{Config, MIGRATIONS, import, serve, staff};
use platform::service::{Fatal, run_command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(version, about = "A client, pilot or guest block of Bulkhead")]
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
    /// Print a new pair of keys for the bank's staff, who read visitors' applications.
    StaffKey,
    /// Print the applications that visitors have sent, opened with the staff's private key.
    Applications {
        /// The configuration of any process of a guest block.
        #[arg(long)]
        config: PathBuf,
        /// The private key; better in the environment than on the command line.
        #[arg(long, env = "BULKHEAD_STAFF_KEY", hide_env_values = true)]
        staff_key: String,
    },
    /// Take in the customers of a file whose home is this block. Running it again changes nothing.
    Import {
        /// The configuration of any process of the block.
        #[arg(long)]
        config: PathBuf,
        /// One JSON object a line.
        #[arg(long)]
        customers: PathBuf,
    },
}

fn main() -> ExitCode {
    run_command(run(Arguments::parse().command))
}

async fn run(command: Command) -> Result<(), Fatal> {
    match command {
        Command::Serve { config } => serve::run(Config::load(&config)?).await,
        Command::Migrate { config } => {
            let config = Config::load(&config)?;
            platform::schema::migrate(&config.database.url, &MIGRATIONS).await?;
            Ok(())
        }
        Command::StaffKey => {
            writeln!(std::io::stdout(), "{}", staff::new_key())?;
            Ok(())
        }
        Command::Applications { config, staff_key } => {
            staff::applications(&Config::load(&config)?, &staff_key).await
        }
        Command::Import { config, customers } => {
            let config = Config::load(&config)?;
            let taken = import::run(&config, &customers).await?;
            tracing::info!(customers = taken, "imported");
            Ok(())
        }
    }
}
