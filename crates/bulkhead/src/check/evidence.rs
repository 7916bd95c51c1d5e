//! Connections to every database of the bank, for reading only, and the customers' record.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::{Client, Config, NoTls};

use super::store;
use crate::failure::{Failure, Result};
use crate::load::promises::Line;
use crate::place::Place;
use crate::plan::{Kind, Plan};
use crate::servers::Servers;
use crate::services::read_secrets;
use crate::topology::Role;
use crate::up::read_topology;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holds {
    /// Customers: a client block, the pilot, a backup.
    Customers,
    /// The router's directory.
    Directory,
    /// The archive.
    Archive,
    /// Gateway and ledger.
    Gateway,
    /// Nothing that an invariant is about.
    Nothing,
}

/// A database that was reached.
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) block: String,
    pub(crate) holds: Holds,
    /// It follows another one.
    pub(crate) follows: bool,
    pub(crate) client: Client,
}

/// Everything that is looked at.
pub(crate) struct Evidence {
    pub(crate) databases: Vec<Database>,
    pub(crate) unreachable: Vec<String>,
    /// Has this bank an archive at all?
    pub(crate) has_archive: bool,
    pub(crate) promises: Option<Vec<Line>>,
}

impl Evidence {
    /// Connects to every database of the plan.
    pub(crate) async fn gather(place: &Place, promises: Option<Vec<Line>>) -> Result<Self> {
        let plan = Plan::read(place)?;
        let secrets = read_secrets(place)?.ok_or_else(|| {
            Failure::new("NOT-STARTED", "The bank has not been started here yet.").mend("make up")
        })?;
        let mut evidence =
            Self { databases: Vec::new(), unreachable: Vec::new(), has_archive: false, promises };
        // Which blocks have a database that leads: a standby alone proves nothing of now.
        let mut leads: BTreeMap<&str, bool> = BTreeMap::new();
        let barred = barred(place)?;
        let databases = plan.units.iter().filter(|unit| unit.kind == Kind::Database);
        for unit in databases.filter(|unit| !barred.contains(&unit.name)) {
            let holds = holds(unit.role);
            evidence.has_archive |= holds == Holds::Archive;
            let led = leads.entry(&unit.block).or_default();
            let mut config = Config::new();
            config
                .host("127.0.0.1")
                .port(unit.port().unwrap_or_default())
                .user("postgres")
                .password(&secrets.database_superuser)
                .dbname("bulkhead");
            match Database::open(&unit.name, &unit.block, holds, config).await {
                Ok(database) => {
                    *led |= !database.follows;
                    evidence.databases.push(database);
                }
                Err(why) => evidence.unreachable.push(format!("{}: {why}", unit.name)),
            }
        }
        for (block, _) in leads.iter().filter(|(_, led)| !**led) {
            evidence.unreachable.push(format!("{block}: no database of it leads"));
        }
        Ok(evidence)
    }

    /// The databases that lead and hold this.
    pub(crate) fn leading(&self, holds: Holds) -> impl Iterator<Item = &Database> {
        self.databases.iter().filter(move |one| one.holds == holds && !one.follows)
    }
}

impl Database {
    /// Connects, for reading only.
    pub(crate) async fn open(
        name: &str,
        block: &str,
        holds: Holds,
        mut config: Config,
    ) -> std::result::Result<Self, String> {
        config
            .application_name("bulkhead check")
            .options("-c default_transaction_read_only=on -c statement_timeout=60000")
            .connect_timeout(CONNECT_WITHIN);
        let connected = timeout(CONNECT_WITHIN, config.connect(NoTls)).await;
        let (client, connection) = match connected {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_elapsed) => return Err("no answer in time".to_owned()),
        };
        // The connection works for as long as its client lives, and ends with it.
        platform::Tasks::new().spawn("database connection", async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a database ended");
            }
        });
        let follows = timeout(CONNECT_WITHIN, store::follows(&client)).await;
        let follows = match follows {
            Ok(Ok(follows)) => follows,
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_elapsed) => return Err("no answer in time".to_owned()),
        };
        let (name, block) = (name.to_owned(), block.to_owned());
        Ok(Self { name, block, holds, follows, client })
    }
}

/// Servers that were primaries once and may not start on their old data: what they hold and nobody
/// else was given up when another was promoted.
fn barred(place: &Place) -> Result<Vec<String>> {
    let servers = Servers::read(place)?;
    let topology = read_topology(place)?;
    let pairs = topology.blocks.iter().map(|block| (block, servers.of(block)));
    let old = pairs.filter(|(_, pair)| pair.barred);
    Ok(old.map(|(block, pair)| pair.primary.other().unit(block)).collect())
}

/// By the word, so that a role that comes later is not overlooked in silence.
fn holds(role: Role) -> Holds {
    match role.as_str() {
        "client" | "pilot" | "backup" => Holds::Customers,
        "router" | "router-backup" => Holds::Directory,
        "archive" => Holds::Archive,
        "core" | "gateway" => Holds::Gateway,
        _ => Holds::Nothing,
    }
}
