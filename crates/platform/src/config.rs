//! Configuration: commented defaults compiled in, then a file, then the environment.
//!
//! `BULKHEAD__DATABASE__POOL_MAX=8` overrides `[database] pool_max`. Every bound of the system is
//! a named value here (A8); a value that cannot be is reported with its path before any port is
//! opened.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read, or a value has the wrong shape.
    #[error("the configuration cannot be read")]
    Unreadable(#[source] config::ConfigError),
    /// Values contradict each other.
    #[error("the configuration is not consistent: {0}")]
    Inconsistent(String),
}

/// Reads a service's configuration: `defaults` (TOML), then `file`, then the environment.
pub fn load<T: DeserializeOwned>(defaults: &str, file: Option<&Path>) -> Result<T, ConfigError> {
    load_over(&[defaults], file)
}

/// The same with several layers of defaults, the later ones over the earlier.
pub fn load_over<T: DeserializeOwned>(
    defaults: &[&str],
    file: Option<&Path>,
) -> Result<T, ConfigError> {
    let mut builder = config::Config::builder();
    for layer in [PLATFORM_DEFAULTS].iter().chain(defaults) {
        builder = builder.add_source(config::File::from_str(layer, config::FileFormat::Toml));
    }
    if let Some(path) = file {
        builder = builder
            .add_source(config::File::from(path).format(config::FileFormat::Toml).required(true));
    }
    let environment = config::Environment::with_prefix("BULKHEAD")
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true);
    builder
        .add_source(environment)
        .build()
        .and_then(config::Config::try_deserialize)
        .map_err(ConfigError::Unreadable)
}

/// The commented defaults of the sections that all services share.
pub const PLATFORM_DEFAULTS: &str = include_str!("config.default.toml");

/// `[service]`: which process this is.
#[derive(Clone, Debug, Deserialize)]
pub struct Service {
    /// The block's name; also what the service calls itself towards others.
    pub name: String,
    /// The process within the block.
    pub process: String,
    /// `router`, `client`, `pilot`, `guest`, `gateway` or `systems`.
    pub role: String,
    /// The failure domain: `dc-a`, `dc-b` or `core`.
    pub data_center: String,
    /// Which channels this process runs.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// `[listen]`: where it can be reached; absent is not opened.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Browsers (at the router: the public API).
    pub web: Option<SocketAddr>,
    /// The mobile application.
    pub mobile: Option<SocketAddr>,
    /// The router's API for administrators.
    pub ops: Option<SocketAddr>,
    /// This process's administration.
    pub admin: Option<SocketAddr>,
    /// Other services.
    pub internal: Option<SocketAddr>,
    /// Health only.
    pub health: Option<SocketAddr>,
}

/// `[database]`: the block's own PostgreSQL.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://user:password@host:port/database`; several hosts for services that follow a
    /// failover.
    pub url: String,
    /// Connections of this process.
    pub pool_max: usize,
    /// How long a request waits for a free connection, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// How long a statement may run, in milliseconds.
    pub statement_timeout_ms: u64,
    /// How long a transaction may sit idle before the server ends it, in milliseconds.
    pub idle_in_transaction_timeout_ms: u64,
}

/// `[redis]`: the block's own Redis. Losing it loses nothing (A7).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// `redis://host:port`.
    pub url: String,
    /// How long one answer may take, in milliseconds.
    pub response_timeout_ms: u64,
    /// How long connecting may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// After a failure Redis is left alone for this long, in milliseconds.
    pub rest_ms: u64,
}

/// `[identity]`: who we are to other services and who may call us.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// What we present when calling: 64 hexadecimal digits.
    #[serde(default)]
    pub token: String,
    /// Service name → SHA-256 (hex) of the token it presents.
    #[serde(default)]
    pub callers: BTreeMap<String, String>,
}

/// `[peers.<name>]`: a service that we call, at `url`, or at each of `urls`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Addresses")]
pub struct Peer {
    /// Base addresses, the most wanted first; never none.
    pub urls: Vec<String>,
}

impl Peer {
    /// A service at one address.
    pub fn at(url: impl Into<String>) -> Self {
        Self { urls: vec![url.into()] }
    }

    /// The addresses of `name` among `peers`.
    pub fn urls<'a>(
        peers: &'a BTreeMap<String, Self>,
        name: &str,
    ) -> Result<&'a [String], ConfigError> {
        let missing = || ConfigError::Inconsistent(format!("peers.{name}.url is missing"));
        peers.get(name).map(|peer| peer.urls.as_slice()).ok_or_else(missing)
    }
}

/// A peer as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Addresses {
    url: Option<String>,
    #[serde(default)]
    urls: Vec<String>,
}

impl TryFrom<Addresses> for Peer {
    type Error = &'static str;

    fn try_from(written: Addresses) -> Result<Self, Self::Error> {
        match (written.url, written.urls) {
            (Some(url), urls) if urls.is_empty() => Ok(Self::at(url)),
            (None, urls) if !urls.is_empty() => Ok(Self { urls }),
            _ => Err("a peer has either one `url` or several `urls`"),
        }
    }
}

/// `[http]`: bounds of every server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Open connections per listener; more wait in the kernel's queue.
    pub connections_max: usize,
    /// How long a client may take to send its headers, in milliseconds.
    pub header_timeout_ms: u64,
    /// The largest body, in bytes.
    pub body_max_bytes: usize,
    /// The longest a request may take, in milliseconds.
    pub request_deadline_ms: u64,
    /// How long requests in flight may take to finish at shutdown, in milliseconds.
    pub drain_ms: u64,
    /// Where problem codes are explained; the code is appended.
    pub problem_base: String,
}

/// `[rpc]`: bounds of every client of another service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rpc {
    /// How long connecting may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Idle connections kept per host.
    pub idle_max: usize,
    /// Calls under way at once, per peer; more are refused.
    pub in_flight_max: usize,
    /// The largest answer, in bytes.
    pub answer_max_bytes: usize,
    /// How long a service that could not be reached is left alone, in milliseconds; 0: not at all.
    pub rest_ms: u64,
    /// How long the other addresses of a service are preferred to one that took a call and did
    /// not answer it, in milliseconds; 0: not at all.
    pub doubt_ms: u64,
}
