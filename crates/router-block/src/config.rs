//! The router's configuration: every bound by name (A8), checked before any port is opened.

use std::collections::BTreeMap;
use std::path::Path;

use common::BlockName;
use platform::config::{self, ConfigError, Database, Http, Identity, Listen, Peer, Rpc, Service};
use platform::probe::Probe;
use serde::Deserialize;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// What a router process needs to know.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// Which process this is.
    pub service: Service,
    /// `web` (public), `ops` and `internal`.
    pub listen: Listen,
    /// Bounds of its servers.
    pub http: Http,
    /// Bounds of its clients.
    pub rpc: Rpc,
    /// Its own PostgreSQL.
    pub database: Database,
    /// Who it is and who may call.
    pub identity: Identity,
    /// The gateway and the internal APIs of all blocks.
    #[serde(default)]
    pub peers: BTreeMap<String, Peer>,
    /// Block → 32 bytes (hex), for every block that lets in customers.
    #[serde(default)]
    pub ticket_keys: BTreeMap<String, String>,
    /// Block → what clients are told of it.
    #[serde(default)]
    pub urls: BTreeMap<String, PublicUrls>,
    /// What clients are told before login.
    pub bank: Bank,
    /// Room of the blocks.
    pub capacity: Capacity,
    /// Rate limits.
    pub limits: LimitsConfig,
    /// Following the database.
    pub follow: Follow,
    /// Keeping the feed of changes.
    pub feed: FeedConfig,
    /// Telling others.
    pub settle: Settle,
    /// Watching guest blocks.
    pub guests: Guests,
    /// Looking at all blocks: evidence for a failover.
    pub probe: Probe,
    /// The copy of the archive's register.
    pub register: RegisterConfig,
    /// Which backup serves a home's customers when the home cannot.
    #[serde(default)]
    pub backups: BTreeMap<BlockName, BlockName>,
    /// In which data centre a service lies, all of it; what lies in several is not named.
    #[serde(default)]
    pub data_centers: BTreeMap<String, String>,
    /// Conducting moves.
    pub conduct: Conduct,
    /// Moving the customers of dead blocks.
    pub automation: Automation,
    /// The API for administrators.
    pub ops: Ops,
    /// Importing a directory.
    pub import: Import,
    /// The customers' page.
    pub pages: Pages,
}

/// `[pages]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// Where the built page lies; empty: none is served.
    pub folder: String,
    /// Where browsers load the page from: the routers, each of which answers pages of the other.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Is it a demonstration? Then clients may show which block serves.
    #[serde(default)]
    pub demo: bool,
    /// What browsers allow the page to load and call.
    pub content_security_policy: String,
}

/// `[urls.<block>]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicUrls {
    /// `client`, `pilot`, `guest` or `backup`.
    pub role: String,
    /// For browsers.
    pub web: String,
    /// For the mobile application.
    pub mobile: String,
}

/// `[bank]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// Its name.
    pub name: String,
    /// Its time zone, named.
    pub time_zone: String,
    /// Languages of the client applications.
    pub languages: Vec<String>,
}

/// `[capacity]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// Customers of a block.
    pub per_block: u64,
    /// Blocks that differ.
    pub blocks: BTreeMap<String, u64>,
}

/// `[limits]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Requests per second and client address.
    pub address_per_second: u32,
    /// Requests of an address at once.
    pub address_burst: u32,
    /// Requests per minute and login, phone or ticket holder.
    pub key_per_minute: u32,
    /// Requests of a key at once.
    pub key_burst: u32,
    /// Counters of each limit.
    pub counters: usize,
}

/// `[follow]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// Between two looks at the feed, in milliseconds.
    pub poll_ms: u64,
    /// Changes per look.
    pub batch: u32,
    /// After a failure, in milliseconds.
    pub rest_ms: u64,
    /// The longest wait for one's own change to be in the index, in milliseconds.
    pub own_change_wait_ms: u64,
}

/// `[feed]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// How long changes are kept, in hours.
    pub keep_hours: u32,
    /// Between two removals, in milliseconds.
    pub prune_every_ms: u64,
    /// Changes removed at once.
    pub prune_batch: u32,
}

/// `[settle]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// Between two looks for work, in milliseconds.
    pub poll_ms: u64,
    /// Customers per look.
    pub batch: u32,
    /// Customers told about at once.
    pub parallel: usize,
    /// After the first failure, in milliseconds; twice as long after each further one.
    pub first_rest_ms: u64,
    /// The longest rest, in milliseconds.
    pub longest_rest_ms: u64,
    /// How long a block may take, in milliseconds.
    pub block_timeout_ms: u64,
    /// How long the gateway may take, in milliseconds.
    pub gateway_timeout_ms: u64,
}

/// `[register]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterConfig {
    /// Between two readings, in milliseconds.
    pub poll_ms: u64,
    /// How long one may take, in milliseconds.
    pub timeout_ms: u64,
    /// How long a client who reports a failure waits for one, in milliseconds.
    pub read_through_ms: u64,
    /// A reading that began so long before a report is recent enough, in milliseconds.
    pub least_ms: u64,
    /// Between two attempts to save what was learned, in milliseconds.
    pub save_rest_ms: u64,
}

/// `[conduct]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conduct {
    /// Between two looks at the records of moves, in milliseconds.
    pub poll_ms: u64,
    /// How long archive and blocks may take to answer, in milliseconds.
    pub timeout_ms: u64,
    /// How long a block may take to adopt pushed rows, in milliseconds.
    pub push_timeout_ms: u64,
    /// How long SEALs are waited for before the block is asked again, in milliseconds.
    pub seal_patience_ms: u64,
    /// Between two proposals meanwhile, in milliseconds.
    pub seal_pause_ms: u64,
    /// A home that is further behind gets nothing back, in milliseconds.
    pub behind_limit_ms: i64,
}

/// `[automation]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automation {
    /// May this router move by itself? Otherwise it only prepares.
    pub enabled: bool,
    /// Between two decisions, in milliseconds.
    pub every_ms: u64,
    /// Between two questions to the other vantage points, in milliseconds.
    pub look_ms: u64,
    /// Between two questions to blocks how they are, in milliseconds.
    pub report_ms: u64,
    /// How long an answer may take, in milliseconds.
    pub timeout_ms: u64,
    /// What others have seen counts for so long, in milliseconds.
    pub stale_ms: i64,
    /// With more of its stream missing a block is not moved by itself, in milliseconds.
    pub lag_limit_ms: i64,
}

/// `[guests]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guests {
    /// Between two probes, in milliseconds.
    pub every_ms: u64,
    /// How long an answer may take, in milliseconds.
    pub timeout_ms: u64,
}

/// `[ops]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ops {
    /// The largest body there, in bytes.
    pub body_max_bytes: usize,
    /// How long an administrator's session lasts, in milliseconds.
    pub session_ms: u64,
    /// Wrong attempts in a row before each doubles the wait for the next.
    pub free_attempts: i32,
    /// How long the leave for surviving the loss of a data centre is good, in milliseconds.
    pub leave_ms: u64,
    /// Entries of the audit that may wait for the database.
    pub audit_waiting_max: usize,
    /// Between two attempts to write them, in milliseconds.
    pub audit_retry_ms: u64,
}

/// `[import]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Sent at once, in bytes.
    pub chunk_bytes: usize,
}

/// Reads and checks the configuration.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let config: Config = config::load(DEFAULTS, file)?;
    config.check()?;
    Ok(config)
}

impl Config {
    /// The 32 bytes of a block's ticket key.
    pub fn ticket_key(&self, block: &BlockName) -> Result<[u8; 32], ConfigError> {
        self.ticket_keys
            .get(block.as_str())
            .and_then(|text| hex::decode(text).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| {
                ConfigError::Inconsistent(format!(
                    "ticket_keys.{block} must be 32 bytes as 64 hexadecimal digits"
                ))
            })
    }

    /// For how many customers a block has room.
    pub fn capacity_of(&self, block: &BlockName) -> u64 {
        let own = self.capacity.blocks.get(block.as_str()).copied();
        own.unwrap_or(self.capacity.per_block)
    }

    /// Where `name` is called.
    pub fn peer_urls(&self, name: &str) -> Result<&[String], ConfigError> {
        Peer::urls(&self.peers, name)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let positive = [
            ("limits.address_per_second", self.limits.address_per_second),
            ("limits.address_burst", self.limits.address_burst),
            ("limits.key_per_minute", self.limits.key_per_minute),
            ("limits.key_burst", self.limits.key_burst),
            ("follow.batch", self.follow.batch),
            ("settle.batch", self.settle.batch),
            ("feed.prune_batch", self.feed.prune_batch),
        ];
        for (name, value) in positive {
            if value == 0 {
                return Err(ConfigError::Inconsistent(format!("{name} must not be 0")));
            }
        }
        if self.limits.counters == 0 || self.settle.parallel == 0 || self.import.chunk_bytes == 0 {
            let text = "limits.counters, settle.parallel and import.chunk_bytes must not be 0";
            return Err(ConfigError::Inconsistent(text.to_owned()));
        }
        for (home, backup) in &self.backups {
            if home == backup {
                let text = format!("backups.{home} must be another block");
                return Err(ConfigError::Inconsistent(text));
            }
        }
        Ok(())
    }
}
