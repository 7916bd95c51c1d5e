//! The configuration of the gateway's process and of the commands over its database.

use std::collections::BTreeMap;
use std::path::Path;

use platform::config::{ConfigError, Database, Http, Identity, Listen, Peer, Rpc, Service};
use serde::Deserialize;

/// What the gateway, `migrate`, `seed`, `journal` and `verify` read.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// Which process this is.
    pub service: Service,
    /// Where it listens: `internal` for services, `admin` for health.
    pub listen: Listen,
    /// The gateway's database, with the ledger.
    pub database: Database,
    /// Who we are, and who may call us.
    pub identity: Identity,
    /// Bounds of our servers.
    pub http: Http,
    /// Bounds of our clients.
    pub rpc: Rpc,
    /// The foreign systems by name.
    #[serde(default)]
    pub peers: BTreeMap<String, Peer>,
    /// The gateway's own bounds.
    pub gateway: Gateway,
}

/// `[gateway]`: see the commented defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// EXECUTE, VOID, FENCE and JOURNAL under way at once.
    pub orders_in_flight_max: usize,
    /// Questions under way at once.
    pub questions_in_flight_max: usize,
    /// When a refused caller may try again.
    pub retry_after_ms: u64,
    /// Longest answer of a foreign system to an order.
    pub foreign_order_ms: u64,
    /// Longest answer of a foreign system to a question.
    pub foreign_question_ms: u64,
    /// Kept back from a request's deadline.
    pub foreign_margin_ms: u64,
    /// How often the resolver looks for unfinished orders.
    pub resolver_tick_ms: u64,
    /// How many it claims at once.
    pub resolver_batch: u32,
    /// Its shortest pause before an order is tried again.
    pub resolver_pause_least_ms: u64,
    /// Its longest.
    pub resolver_pause_most_ms: u64,
    /// How many it works on at once.
    pub resolver_in_flight_max: usize,
    /// Connections of the repairs: resolver, sweeper, check (A11).
    pub repair_pool_max: usize,
    /// How often codes whose time has passed are looked for.
    pub cash_sweep_ms: u64,
    /// How often exchange rates move.
    pub rates_move_ms: u64,
    /// The pause between rounds of the ledger's check.
    pub check_tick_ms: u64,
    /// How many accounts one round sums.
    pub check_accounts: u32,
}

impl Config {
    /// Reads defaults, `file` and environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let config: Self = platform::config::load(DEFAULTS, file)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let gateway = &self.gateway;
        let positive = [
            ("orders_in_flight_max", gateway.orders_in_flight_max as u64),
            ("questions_in_flight_max", gateway.questions_in_flight_max as u64),
            ("resolver_in_flight_max", gateway.resolver_in_flight_max as u64),
            ("repair_pool_max", gateway.repair_pool_max as u64),
            ("resolver_batch", gateway.resolver_batch.into()),
            ("check_accounts", gateway.check_accounts.into()),
            ("foreign_order_ms", gateway.foreign_order_ms),
            ("resolver_tick_ms", gateway.resolver_tick_ms),
            ("rates_move_ms", gateway.rates_move_ms),
            ("check_tick_ms", gateway.check_tick_ms),
            ("cash_sweep_ms", gateway.cash_sweep_ms),
        ];
        for (name, value) in positive {
            if value == 0 {
                let text = format!("gateway.{name} must be more than zero");
                return Err(ConfigError::Inconsistent(text));
            }
        }
        if gateway.resolver_pause_least_ms > gateway.resolver_pause_most_ms {
            let text = "gateway.resolver_pause_least_ms is above resolver_pause_most_ms";
            return Err(ConfigError::Inconsistent(text.to_owned()));
        }
        Ok(())
    }
}

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("config.default.toml");
