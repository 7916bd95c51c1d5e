//! What every request and task of the block works with.

use std::collections::BTreeMap;
use std::sync::Arc;

use common::operation::IntentHash;
use common::placement::slice::SliceId;
use common::ticket::TicketKey;
use common::{BlockName, CustomerId, OperationId};
use platform::cache::Cache;
use platform::config::{ConfigError, Database};
use platform::identity::AccessTable;
use platform::pg::Db;
use platform::rpc::{Caller, Peer};
use platform::{Clock, Tasks};

use crate::app::admission::Admissions;
use crate::app::in_flight::InFlight;
use crate::app::load::Loads;
use crate::app::operations::accept::Acceptance;
use crate::app::passwords::Passwords;
use crate::app::register::Register;
use crate::app::streams::archived::Archived;
use crate::app::upkeep::Upkeep;
use crate::config::Config;

/// The block, as one of its processes sees it. Cheap to clone.
#[derive(Clone)]
pub struct Block {
    /// The block's PostgreSQL, by the pool of whoever works with it.
    pub db: Db,
    inner: Arc<Parts>,
}

/// The parts; reached through [`Block`].
pub struct Parts {
    /// The block's name.
    pub name: BlockName,
    /// The configuration.
    pub config: Config,
    /// The pool of what repairs and catches up.
    background: Db,
    /// The block's Redis, which may vanish.
    pub cache: Cache,
    /// The time.
    pub clock: Clock,
    /// The back office.
    pub gateway: Peer,
    /// The message system (SMS and push).
    pub messages: Peer,
    /// The archive, where there is one.
    pub archive: Option<Peer>,
    /// Who waits for the archive.
    pub archived: Archived,
    /// What is known of the start and of the archive.
    pub upkeep: Upkeep,
    /// Other blocks: an owner is asked there for a customer who is handed over.
    pub others: BTreeMap<BlockName, Peer>,
    /// Customers who are being loaded.
    pub loads: Loads,
    /// How much of other homes' customers is taken on.
    pub admissions: Admissions,
    /// Opens tickets to this block; a guest block has none.
    pub ticket_key: Option<TicketKey>,
    /// Who may call the internal API.
    pub access: AccessTable,
    /// The copy of the register in memory.
    pub register: Register,
    /// The bounded pool that hashes passwords.
    pub passwords: Passwords,
    /// Stores new orders, several with one commit.
    pub acceptance: Acceptance,
    /// Orders being taken in right now.
    pub in_flight: InFlight<OperationId, IntentHash>,
    /// The process's tasks.
    pub tasks: Tasks,
}

impl std::ops::Deref for Block {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.inner
    }
}

impl Block {
    /// Builds the block from its configuration, within a runtime. Nothing is connected yet.
    pub fn new(config: Config, clock: Clock, tasks: Tasks) -> Result<Self, ConfigError> {
        let name = config.block()?;
        let caller =
            Caller { service: config.service.name.clone(), token: config.identity.token.clone() };
        let peer =
            |peer: &str| Peer::over(peer, config.peer_urls(peer)?, caller.clone(), &config.rpc);
        // Visitors leave nothing that an archive would keep.
        let serves = config.service.role != "guest";
        let archived = serves && config.peers.contains_key("archive");
        let archive = if archived { Some(peer("archive")?) } else { None };
        let named = config.peers.keys().filter(|peer| !SERVICES.contains(&peer.as_str()));
        let others = named
            .filter_map(|peer| peer.parse::<BlockName>().ok().map(|block| (block, peer.as_str())))
            .map(|(block, named)| Ok((block, peer(named)?)))
            .collect::<Result<_, ConfigError>>()?;
        let upkeep = Upkeep::new(archive.is_some());
        let db = Db::new(&config.database, &config.service.process)?;
        let repairs = Database { pool_max: config.background.pool_max, ..config.database.clone() };
        let parts = Parts {
            acceptance: Acceptance::start(&config.acceptance, &tasks, &db, &name)?,
            background: Db::new(&repairs, &config.service.process)?,
            cache: Cache::new(&config.redis, clock.clone())?,
            gateway: peer("gateway")?,
            messages: peer("messages")?,
            archived: Archived::default(),
            register: Register::empty(upkeep.phase()),
            upkeep,
            archive,
            others,
            loads: Loads::new(config.loading.queue_max),
            admissions: Admissions::new(config.admission.as_ref()),
            ticket_key: ticket_key(&config, &name)?,
            access: AccessTable::new(&config.identity)?,
            passwords: Passwords::new(&config.passwords)?,
            in_flight: InFlight::default(),
            clock,
            tasks,
            name,
            config,
        };
        Ok(Self { db, inner: Arc::new(parts) })
    }

    /// The same block for work in the background: it has a pool of its own, so that however much
    /// there is to repair, customers find connections (A11).
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self { db: self.inner.background.clone(), inner: self.inner.clone() }
    }

    /// Another block, where it is known how to reach it.
    pub fn other(&self, name: &BlockName) -> Option<Peer> {
        self.others.get(name).cloned()
    }

    /// Serves visitors rather than customers?
    pub fn is_guest(&self) -> bool {
        self.config.service.role == "guest"
    }
}

/// Services we call that are no blocks.
const SERVICES: [&str; 4] = ["gateway", "messages", "archive", "router"];

fn ticket_key(config: &Config, name: &BlockName) -> Result<Option<TicketKey>, ConfigError> {
    let Some(text) = config.ticket_keys.get(name.as_str()) else {
        return Ok(None);
    };
    let key = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let wrong = || ConfigError::Inconsistent(format!("ticket_keys.{name}: 32 bytes in hex"));
    Ok(Some(TicketKey::new(name.clone(), &key.ok_or_else(wrong)?)))
}

/// Whose data a statement may touch (A4): no store function finds a customer's row without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The customer.
    pub customer: CustomerId,
    /// His home block.
    pub home: BlockName,
    /// His slice of it.
    pub slice: SliceId,
}

impl Scope {
    /// The scope of a customer of `home`.
    pub fn new(customer: CustomerId, home: BlockName) -> Self {
        Self { customer, home, slice: SliceId::of(customer) }
    }
}
