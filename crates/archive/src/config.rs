//! The configuration of the archive's processes. Every value is explained in `config.default.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use platform::config::{ConfigError, Database, Http, Identity, Listen, Peer, Rpc, Service};
use platform::probe::Probe;
use serde::Deserialize;

/// What `serve` and `migrate` read.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// Which process this is.
    pub service: Service,
    /// Where it listens: `internal` for services, `health` for probes.
    #[serde(default)]
    pub listen: Listen,
    /// The archive's database; several hosts, of which the one that takes writes is used.
    pub database: Database,
    /// Who we are, and who may call us.
    #[serde(default)]
    pub identity: Identity,
    /// Bounds of our servers.
    pub http: Http,
    /// Bounds of our clients.
    pub rpc: Rpc,
    /// Whom we look at: the archive is a vantage point of its own.
    pub probe: Probe,
    /// Services we call: `gateway`, for its fences, when the archive recovers.
    #[serde(default)]
    pub peers: BTreeMap<String, Peer>,
    /// The archive's own bounds.
    pub archive: Bounds,
}

/// `[archive]`: see the commented defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "explained in config.default.toml, next to the value")]
pub struct Bounds {
    pub batches_in_flight_max: usize,
    pub questions_in_flight_max: usize,
    pub retry_after_ms: u64,
    pub look_ms: u64,
    pub keep_log_s: i64,
    pub partitions_ms: u64,
    pub worker_pool_max: usize,
    pub approval_s: i64,
    pub people_pool_max: usize,
    pub synchronous_standby: bool,
    #[serde(default)]
    pub witnesses: Option<Vec<String>>,
    pub recovery_ms: u64,
    pub gateway_ms: u64,
    pub retention_ms: u64,
}

impl Config {
    /// Reads defaults, `file` and environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let config: Self = platform::config::load(DEFAULTS, file)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let archive = &self.archive;
        let positive = [
            ("look_ms", archive.look_ms),
            ("partitions_ms", archive.partitions_ms),
            ("worker_pool_max", archive.worker_pool_max as u64),
            ("people_pool_max", archive.people_pool_max as u64),
            ("recovery_ms", archive.recovery_ms),
            ("retention_ms", archive.retention_ms),
        ];
        let zero = positive.into_iter().find(|(_, value)| *value == 0);
        if let Some((name, _)) = zero {
            let text = format!("archive.{name} must be more than zero");
            return Err(ConfigError::Inconsistent(text));
        }
        Ok(())
    }

    /// Who is heard before the archive has recovered: the services that are configured, or, if none
    /// are, every block and router that may call, and the gateway if it can be asked.
    pub fn witnesses(&self) -> Vec<String> {
        if let Some(witnesses) = &self.archive.witnesses {
            return witnesses.clone();
        }
        let callers = self.identity.callers.keys();
        let heard = callers.filter(|name| !NO_WITNESSES.contains(&name.as_str())).cloned();
        let gateway = self.peers.keys().filter(|name| *name == "gateway").cloned();
        heard.chain(gateway).collect()
    }

    /// The database's address once for each of its hosts: a migration goes to the one that takes
    /// writes, and its driver knows one host only.
    pub fn single_hosts(&self) -> Vec<String> {
        single_hosts(&self.database.url)
    }
}

/// Callers that have no copy of the register.
const NO_WITNESSES: [&str; 4] = ["archive", "gateway", "launcher", "systems"];

fn single_hosts(url: &str) -> Vec<String> {
    let whole = || vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return whole() };
    let Some((authority, path)) = rest.split_once('/') else { return whole() };
    let path = path.split('?').next().unwrap_or(path);
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), authority),
    };
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}/{path}")).collect()
}

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("config.default.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_are_taken_apart() {
        let url = "postgres://u:p@127.0.0.1:1,127.0.0.1:2/b?target_session_attrs=read-write";
        let found = single_hosts(url);
        assert_eq!(found, ["postgres://u:p@127.0.0.1:1/b", "postgres://u:p@127.0.0.1:2/b"]);
        assert_eq!(single_hosts("postgres://h/b"), ["postgres://h/b"]);
        assert_eq!(single_hosts("nonsense"), ["nonsense"]);
    }

    #[test]
    fn whoever_has_a_copy_is_a_witness() {
        let mut config = Config::load(None).unwrap();
        for caller in ["client-1", "router", "launcher", "gateway"] {
            config.identity.callers.insert(caller.to_owned(), String::new());
        }
        assert_eq!(config.witnesses(), ["client-1", "router"]);
        config.peers.insert("gateway".to_owned(), Peer::at("http://127.0.0.1:1"));
        assert_eq!(config.witnesses(), ["client-1", "router", "gateway"]);
        config.archive.witnesses = Some(vec!["router".to_owned()]);
        assert_eq!(config.witnesses(), ["router"]);
    }

    #[test]
    fn bounds_that_cannot_be_are_refused() {
        let mut config = Config::load(None).unwrap();
        assert!(config.check().is_ok());
        config.archive.look_ms = 0;
        assert!(config.check().is_err());
    }
}
