//! The configuration of the systems' process, and of what is done to their databases.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use platform::config::{ConfigError, Database, Http, Identity, Listen, Peer, Rpc};
use serde::Deserialize;

use super::System;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// What `systems`, and `migrate` and `seed` for the systems' databases, read.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// Where the control API listens: `admin`.
    pub listen: Listen,
    /// Who we are, and who may call us.
    pub identity: Identity,
    /// Bounds of our servers.
    pub http: Http,
    /// Bounds of our clients.
    pub rpc: Rpc,
    /// The ledger's database (its address is for `seed` alone) and the bounds of every pool.
    pub database: Database,
    /// Whom we call: the gateway, about money that comes in by itself.
    #[serde(default)]
    pub peers: BTreeMap<String, Peer>,
    /// The systems by name.
    #[serde(default)]
    pub systems: BTreeMap<String, SystemConfig>,
    /// Bounds of the simulation.
    pub simulation: Simulation,
}

/// `[systems.<name>]`: one system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its own account: it owns the schema of its name and may enter no other.
    pub database_url: String,
}

/// `[simulation]`: see the commented defaults.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Connections of each system to its database.
    pub pool_max: usize,
    /// How long a switch may take to be in force.
    pub switch_ms: u64,
    /// How often a database that is away at the start is tried.
    pub retry_ms: u64,
    /// How long a code for cash is good.
    pub cash_code_valid_s: u32,
    /// The most events a minute.
    pub incoming_per_minute_max: u32,
    /// How long the gateway may take to book one.
    pub incoming_call_ms: u64,
}

impl Config {
    /// Reads defaults, `file` and environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let config: Self = platform::config::load(DEFAULTS, file)?;
        config.named()?;
        Ok(config)
    }

    /// The configured systems.
    pub fn named(&self) -> Result<Vec<(System, &SystemConfig)>, ConfigError> {
        let known = |(name, config): (&String, _)| {
            let unknown = || ConfigError::Inconsistent(format!("there is no system \"{name}\""));
            let system = System::parse(name).ok_or_else(unknown)?;
            Ok((system, config))
        };
        self.systems.iter().map(known).collect()
    }

    /// The database of a system, with the bounds of its pool.
    pub(super) fn database_of(&self, system: &SystemConfig) -> Database {
        Database {
            url: system.database_url.clone(),
            pool_max: self.simulation.pool_max,
            ..self.database.clone()
        }
    }
}
