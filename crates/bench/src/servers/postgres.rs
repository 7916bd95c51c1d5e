//! A private PostgreSQL cluster that flushes every commit to the disk.

use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::{Instant, sleep};

use super::{Ground, POLL};
use crate::failure::{Attempting as _, Result};
use crate::machine::{Child, Run, free_port, output};
use crate::store;

/// The settings, the same for product and yardstick; what differs from PostgreSQL's defaults.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "512MB"),
    ("max_connections", "1100"),
    ("max_wal_size", "8GB"),
    ("checkpoint_timeout", "30min"),
    ("maintenance_work_mem", "1GB"),
];

const START: Duration = Duration::from_mins(1);

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Postgres {
    port: u16,
    child: Child,
}

impl Postgres {
    /// Makes and starts a cluster.
    pub(crate) async fn start(ground: &Ground) -> Result<Self> {
        Self::start_as(ground, "postgres", &[]).await
    }

    /// The same under a name, where there are several, with more settings.
    pub(crate) async fn start_as(
        ground: &Ground,
        name: &str,
        more: &[(&str, &str)],
    ) -> Result<Self> {
        let Ground { programs, directory } = ground;
        let home = directory.sub(name, programs.database_user)?;
        let data = home.join("data").display().to_string();
        let run = |name, command: Vec<String>| Run {
            name,
            command,
            core: None,
            as_database: true,
            // A fast shutdown.
            ends_by: Signal::SIGINT,
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let initdb = programs.postgres("initdb");
        let make: Vec<String> = words(&[
            &initdb,
            "-D",
            &data,
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]);
        output(&programs.wrapped(&run("initdb", make)), &home).await?;
        let port = free_port()?;
        let mut serve: Vec<String> =
            vec![programs.postgres("postgres"), "-D".into(), data, "-p".into(), port.to_string()];
        let own = [("listen_addresses", "127.0.0.1"), ("unix_socket_directories", "")];
        for (name, value) in own.iter().chain(SETTINGS).chain(more) {
            serve.extend(["-c".to_owned(), format!("{name}={value}")]);
        }
        let child = Child::start(programs, directory.path(), &run(name, serve))?;
        let mut postgres = Self { port, child };
        postgres.until_it_answers().await?;
        Ok(postgres)
    }

    /// Where a database is.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The same for another server, which is told in words.
    pub(crate) fn address(&self, database: &str) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname={database}", self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database.
    pub(crate) async fn create(&self, database: &str) -> Result<()> {
        let session = store::connect(&self.url("postgres")).await?;
        session.batch(&store::create_database(database)).await
    }

    async fn until_it_answers(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        loop {
            match store::connect(&self.url("postgres")).await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => self.child.must_run().attempting("starting PostgreSQL")?,
            }
            sleep(POLL).await;
        }
    }
}
