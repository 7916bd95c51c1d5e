//! The configuration of a client block's process. Every value is explained in
//! `config.default.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use common::BlockName;
use platform::config::{self, ConfigError};
use serde::Deserialize;

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// Which process this is.
    pub service: config::Service,
    /// Where it listens.
    #[serde(default)]
    pub listen: config::Listen,
    /// Bounds of its servers.
    pub http: config::Http,
    /// Bounds of its clients.
    pub rpc: config::Rpc,
    /// The block's PostgreSQL.
    pub database: config::Database,
    /// The block's Redis.
    pub redis: config::Redis,
    /// Who we are and who may call us.
    #[serde(default)]
    pub identity: config::Identity,
    /// Services we call: `gateway`, `messages`, `archive` where there is one, other blocks.
    #[serde(default)]
    pub peers: BTreeMap<String, config::Peer>,
    /// Our ticket key, by block name.
    #[serde(default)]
    pub ticket_keys: BTreeMap<String, String>,
    /// Browsers.
    pub web: Web,
    /// Sessions.
    pub sessions: Sessions,
    /// Password hashing.
    pub passwords: Passwords,
    /// Calls to the gateway.
    pub gateway: Gateway,
    /// Calls to the message system.
    pub messages: Messages,
    /// Operations.
    pub operations: Operations,
    /// How new orders are stored.
    pub acceptance: Acceptance,
    /// The worker that finishes what could not be done at once.
    pub catch_up: CatchUp,
    /// The copy of the register.
    pub register: Register,
    /// The stream to the archive.
    pub archive: Archive,
    /// Reference data.
    pub reference: Reference,
    /// Limits per address.
    pub limits: Limits,
    /// Applications of visitors.
    pub applications: Applications,
    /// Taking customers over.
    pub loading: Loading,
    /// What repairs and catches up.
    pub background: Background,
    /// How much of other homes' customers a backup block takes on; absent: everything.
    pub admission: Option<Admission>,
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "explained in config.default.toml, next to the value")]
        pub struct $name { $(pub $field: $type,)* }
    };
}

section! {
    /// `[web]`
    Web { allowed_origins: Vec<String>, cookie_domain: String, preflight_max_age_s: u64, }
}
section! {
    /// `[sessions]`
    Sessions { idle_s: i64, absolute_s: i64, cache_ms: u64, per_customer_max: i64, }
}
section! {
    /// `[passwords]`
    Passwords { at_once: usize, queue_max: usize, }
}
section! {
    /// `[gateway]`
    Gateway { products_ms: u64, question_ms: u64, execute_ms: u64, catch_up_ms: u64, }
}
section! {
    /// `[messages]`
    Messages { send_ms: u64, }
}
section! {
    /// `[operations]`
    Operations { again_s: i64, codes_max: i32, templates_max: i64, }
}
section! {
    /// `[acceptance]`
    Acceptance { writers: usize, batch: usize, queue_max: usize, }
}
section! {
    /// `[catch_up]`
    CatchUp { batch: i64, at_once: usize, pause_ms: u64, claim_s: i64, }
}
section! {
    /// `[register]`
    Register { reload_ms: u64, gate_grace_ms: u64, }
}
section! {
    /// `[archive]`
    Archive {
        accept_wait_ms: u64, batch_max: i64, batch_max_bytes: usize, batch_ms: u64,
        question_ms: u64, register_ms: u64, busy_ms: u64, idle_ms: u64, wake_ms: u64,
        heartbeat_ms: i64, patience_ms: i64, replay_window_s: i64,
    }
}
section! {
    /// `[reference]`
    Reference { poll_ms: u64, }
}
section! {
    /// `[limits]`
    Limits { logins_per_minute: u64, applications_per_hour: u64, }
}
section! {
    /// `[applications]`
    Applications { staff_key: String, }
}

section! {
    /// `[loading]`
    Loading {
        at_once: usize, queue_max: usize, batch: usize, wait_ms: u64, journal_ms: u64,
        archive_ms: u64, journal_days: i64, background_per_second: u32, background_page: u32,
        pause_ms: u64, follow_limit: u32, loosen_ms: u64,
    }
}
section! {
    /// `[background]`
    Background { pool_max: usize, adopt_per_second: u32, foreign_kept_s: i64, foreign_batch: i64, }
}
section! {
    /// `[admission]`
    Admission { burst: u32, per_second: u32, }
}

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("config.default.toml");

impl Config {
    /// Reads defaults, file and environment, and checks what can be checked before any port opens.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        Self::read(&[DEFAULTS], file)
    }

    /// The same with `more` defaults over the application's own.
    pub fn load_over(more: &str, file: &Path) -> Result<Self, ConfigError> {
        Self::read(&[DEFAULTS, more], file)
    }

    fn read(defaults: &[&str], file: &Path) -> Result<Self, ConfigError> {
        let config: Self = config::load_over(defaults, Some(file))?;
        config.check()?;
        Ok(config)
    }

    /// Is this a process of a backup block?
    pub fn is_backup(&self) -> bool {
        self.service.role == "backup"
    }

    /// The block's name.
    pub fn block(&self) -> Result<BlockName, ConfigError> {
        let bad = |error| ConfigError::Inconsistent(format!("service.name: {error}"));
        self.service.name.parse().map_err(bad)
    }

    /// The base address of a service we call.
    pub fn peer_urls(&self, name: &str) -> Result<&[String], ConfigError> {
        config::Peer::urls(&self.peers, name)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let fail = |text: &str| Err(ConfigError::Inconsistent(text.to_owned()));
        if self.sessions.idle_s > self.sessions.absolute_s {
            return fail("sessions.idle_s must not be longer than sessions.absolute_s");
        }
        let claim_ms = u64::try_from(self.catch_up.claim_s).unwrap_or(0) * 1_000;
        if claim_ms <= self.gateway.catch_up_ms.max(self.gateway.execute_ms) {
            return fail("catch_up.claim_s must outlast gateway.catch_up_ms and execute_ms");
        }
        let bounds = &self.loading;
        if bounds.at_once == 0 || bounds.queue_max == 0 || bounds.background_per_second == 0 {
            return fail("loading.at_once, queue_max and background_per_second must be 1 or more");
        }
        if !(1..=500).contains(&bounds.batch) || !(1..=1_000).contains(&bounds.background_page) {
            return fail("loading.batch must be 1 to 500, background_page 1 to 1000");
        }
        let repairs = &self.background;
        if repairs.pool_max == 0 || repairs.adopt_per_second == 0 || repairs.foreign_batch < 1 {
            let must = "background.pool_max, adopt_per_second and foreign_batch must be 1 or more";
            return fail(must);
        }
        if self.admission.as_ref().is_some_and(|it| it.burst == 0 || it.per_second == 0) {
            return fail("admission.burst and per_second must be 1 or more");
        }
        if !(1..=1_000).contains(&self.archive.batch_max) {
            return fail("archive.batch_max must be 1 to 1000");
        }
        if !(1..=1_000).contains(&self.catch_up.batch) {
            return fail("catch_up.batch must be 1 to 1000");
        }
        Ok(())
    }
}

/// A duration from a configured number of milliseconds.
pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
