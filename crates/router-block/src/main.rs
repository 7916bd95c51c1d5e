//! The program `router-block`: `serve`, `migrate`, `admins`, `import`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use platform::service::{Fatal, run_command, run_until_stopped};
use platform::{Clock, Tasks};
use router_block::{app, config, service, store};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The router block: tells clients which block serves them, and owns the directory of customers.
#[derive(Parser)]
#[command(version)]
struct Cli {
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
    /// Take administrators over from a file, a JSON list of name, password and TOTP secret.
    Admins {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The administrators.
        #[arg(long)]
        file: PathBuf,
    },
    /// Take customers over from a file, one JSON object a line. A second run changes nothing.
    Import {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The customers.
        #[arg(long)]
        customers: PathBuf,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    run_command(async move {
        match cli.command {
            Command::Serve { config } => serve(config).await,
            Command::Migrate { config } => migrate(config).await,
            Command::Admins { config, file } => admins(config, file).await,
            Command::Import { config, customers } => import(config, customers).await,
        }
    })
}

async fn serve(file: PathBuf) -> Result<(), Fatal> {
    let config = config::load(Some(&file))?;
    let drain = Duration::from_millis(config.http.drain_ms);
    let tasks = Tasks::new();
    service::start(config, Clock::system(), &tasks).await?;
    run_until_stopped(&tasks, drain).await
}

async fn migrate(file: PathBuf) -> Result<(), Fatal> {
    let config = config::load(Some(&file))?;
    platform::schema::migrate(&config.database.url, &store::schema::MIGRATIONS).await?;
    tracing::info!("the schema is up to date");
    Ok(())
}

async fn admins(config: PathBuf, file: PathBuf) -> Result<(), Fatal> {
    let config = config::load(Some(&config))?;
    let db = store::pool(&config.database, "router-admins")?;
    let changed = app::administrators::import(&db, &file).await?;
    db.close().await;
    tracing::info!(changed, "administrators taken over");
    Ok(())
}

async fn import(file: PathBuf, customers: PathBuf) -> Result<(), Fatal> {
    let config = config::load(Some(&file))?;
    let clock = Clock::system();
    let started = clock.now();
    let db = store::pool(&config.database, "router-import")?;
    let done = app::import::import(&db, &customers, config.import.chunk_bytes).await?;
    db.close().await;
    let took_ms = clock.now().ms_since(started);
    tracing::info!(lines = done.lines, added = done.added, took_ms, "imported");
    Ok(())
}
