//! What the router's handlers and workers share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use common::fingerprint::sha256;
use common::leading::Standing;
use common::problem::Refusal;
use common::{BlockName, Timestamp};
use platform::config::ConfigError;
use platform::http::Ready;
use platform::identity::AccessTable;
use platform::probe::Prober;
use platform::rpc::Peer;
use platform::{Clock, Tasks};
use sqlx::PgPool;
use tokio::sync::{Mutex, Notify, watch};

use crate::app::administrators::Sessions;
use crate::app::audit::Unwritten;
use crate::app::disasters::Leaves;
use crate::archive::Archive;
use crate::blocks::{Block, Blocks, Role, caller};
use crate::conducting::Conducting;
use crate::config::Config;
use crate::decoys::Decoys;
use crate::index::{HomeIndex, Index};
use crate::leading::Leading;
use crate::limits::Limit;
use crate::pages::Pages;
use crate::register::Register;
use crate::store;
use crate::watching::Watching;

/// The router of this process.
pub struct Shared {
    /// Its bounds.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The router's database; never asked on the path of `POST /v1/route`.
    pub db: PgPool,
    /// Who may call the API for administrators.
    pub access: AccessTable,
    /// The directory in memory.
    pub index: Index,
    /// The register in memory.
    pub register: Register,
    /// The blocks.
    pub blocks: Blocks,
    /// The blocks to which customers may be assigned.
    pub homes: Vec<Home>,
    /// Chooses decoys; known once the database has been read.
    pub decoys: OnceLock<Decoys>,
    /// By client address.
    pub addresses: Limit,
    /// By login, phone or holder of a ticket.
    pub keys: Limit,
    /// Which guest blocks answer.
    pub guests: Guests,
    /// How far the index follows the database.
    pub feed: Feed,
    /// Where the register comes from, if there is an archive.
    pub archive: Option<Archive>,
    /// Which router leads.
    pub leading: Leading,
    /// Memory has learned rows that the database has not.
    pub unsaved: Notify,
    /// Looks at the blocks.
    pub prober: Arc<Prober>,
    /// Whoever else looks at them: the other router, and each process of the archive.
    pub vantage_points: Vec<(String, Peer)>,
    /// Each process of the gateway, by its address.
    pub gateways: Vec<(String, Peer)>,
    /// The evidence of a failover.
    pub watching: Watching,
    /// The moves that are under way.
    pub conducting: Conducting,
    /// The other routers.
    pub colleagues: Vec<Peer>,
    /// What administrators did and the database has not yet; one writes at a time.
    pub unwritten: Unwritten,
    /// Leaves of administrators that this router keeps.
    pub leaves: Leaves,
    /// Held by whoever writes the audit.
    pub auditing: Mutex<()>,
    /// Sessions of administrators.
    pub sessions: Sessions,
    /// The tasks of this process.
    pub tasks: Tasks,
    /// The payee directory.
    pub gateway: Peer,
    /// The customers' page.
    pub pages: Pages,
    /// Index and register are loaded.
    pub ready: Ready,
}

impl Shared {
    /// A router that has read nothing yet.
    pub fn new(config: Config, clock: Clock, tasks: &Tasks) -> Result<Self, ConfigError> {
        let blocks = Blocks::new(&config)?;
        let register = Register::default();
        let homes = homes(&blocks, &register)?;
        let limits = &config.limits;
        let every_us = |per_minute: u64| 60_000_000 / per_minute.max(1);
        let addresses = Limit::new(
            limits.counters,
            every_us(u64::from(limits.address_per_second) * 60),
            limits.address_burst,
        );
        let keys =
            Limit::new(limits.counters, every_us(limits.key_per_minute.into()), limits.key_burst);
        Ok(Self {
            db: store::pool(&config.database, &config.service.process)?,
            access: AccessTable::new(&config.identity)?,
            index: Index::new(std::hash::RandomState::new()),
            register,
            homes,
            decoys: OnceLock::new(),
            addresses,
            keys,
            guests: Guests::new(&blocks),
            blocks,
            feed: Feed::new(),
            archive: Archive::of(&config)?,
            leading: leading(&config)?,
            unsaved: Notify::new(),
            prober: Arc::new(Prober::new(&config.service, &config.probe)?),
            vantage_points: vantage_points(&config)?,
            gateways: each_process(&config, "gateway")?,
            watching: Watching::default(),
            conducting: Conducting::default(),
            colleagues: colleagues(&config)?,
            unwritten: Unwritten::default(),
            leaves: Leaves::default(),
            auditing: Mutex::default(),
            sessions: Sessions::default(),
            tasks: tasks.clone(),
            gateway: Peer::over(
                "gateway",
                config.peer_urls("gateway")?,
                caller(&config),
                &config.rpc,
            )?,
            pages: Pages::load(&config.pages.folder)?,
            ready: Ready::new(),
            clock,
            config,
        })
    }

    /// Does this router go on with moves and look after dead blocks? Not while another leads in its
    /// place.
    pub fn conducts(&self) -> bool {
        let standing = self.leading.standing();
        self.archive.is_some() && standing.is_some_and(|stands| stands != Standing::Superseded)
    }

    /// Does it take new customers? Without an archive it is the only router.
    pub fn leads(&self) -> bool {
        self.archive.is_none() || self.leading.standing() == Some(Standing::Leads)
    }

    /// Only the router that leads goes on.
    pub fn must_lead(&self) -> Result<(), Refusal> {
        if self.leads() { Ok(()) } else { Err(self.leading.refusal()) }
    }

    /// A router that is superseded orders nothing.
    pub fn must_conduct(&self) -> Result<(), Refusal> {
        let forbids = self.archive.is_some() && !self.conducts();
        if forbids { Err(self.leading.refusal()) } else { Ok(()) }
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How long a request that changed a customer may itself take to tell the others; the settler
    /// leaves him alone that long.
    pub fn own_telling(&self) -> Duration {
        let settle = &self.config.settle;
        Duration::from_millis(settle.block_timeout_ms + settle.gateway_timeout_ms)
    }

    /// Waits until the index has change `number`, but not for ever: the follower may be without
    /// its database just now, and the change is made all the same.
    pub async fn index_has(&self, number: i64) {
        let longest = Duration::from_millis(self.config.follow.own_change_wait_ms);
        if !self.feed.reaches(number, longest).await {
            tracing::warn!(number, "the index does not have a change of this process yet");
        }
    }
}

fn leading(config: &Config) -> Result<Leading, ConfigError> {
    let own = BlockName::try_from(config.service.name.clone())
        .map_err(|error| ConfigError::Inconsistent(format!("service.name: {error}")))?;
    Ok(Leading::new(own, &config.service.role))
}

/// The names of routers.
const ROUTERS: [&str; 2] = ["router", "router-backup"];

fn others(config: &Config) -> impl Iterator<Item = &'static str> {
    let own = config.service.name.as_str();
    let there = move |name: &&str| *name != own && config.peers.contains_key(*name);
    ROUTERS.into_iter().filter(there)
}

fn colleagues(config: &Config) -> Result<Vec<Peer>, ConfigError> {
    let peer = |name| Peer::over(name, config.peer_urls(name)?, caller(config), &config.rpc);
    others(config).map(peer).collect()
}

/// A service's processes one by one: each has seen something else.
fn each_process(config: &Config, name: &str) -> Result<Vec<(String, Peer)>, ConfigError> {
    let peer = |url: &String| Ok((url.clone(), Peer::new(name, url, caller(config), &config.rpc)?));
    config.peer_urls(name)?.iter().map(peer).collect()
}

fn vantage_points(config: &Config) -> Result<Vec<(String, Peer)>, ConfigError> {
    let archive = config.peers.contains_key("archive").then_some("archive");
    let names = others(config).chain(archive);
    let each: Result<Vec<_>, _> = names.map(|name| each_process(config, name)).collect();
    Ok(each?.into_iter().flatten().collect())
}

/// A block to which customers may be assigned.
#[derive(Clone, Debug)]
pub struct Home {
    /// Its name.
    pub name: BlockName,
    /// Its number in index and register.
    pub number: HomeIndex,
    /// Stands for its name where decoys are chosen; the same in every process.
    pub seed: u64,
}

fn homes(blocks: &Blocks, register: &Register) -> Result<Vec<Home>, ConfigError> {
    let home = |block: &Block| {
        let name = block.address.id.clone();
        let number =
            register.number(&name).map_err(|error| ConfigError::Inconsistent(error.to_string()))?;
        let digest = sha256(name.as_str().as_bytes());
        let mut seed = [0_u8; 8];
        seed.copy_from_slice(&digest[..8]);
        Ok(Home { name, number, seed: u64::from_be_bytes(seed) })
    };
    blocks.all().filter(|block| block.role.is_home()).map(home).collect()
}

/// How far the index is, and the wish that it goes on.
#[derive(Debug)]
pub struct Feed {
    /// The number of the last change in the index; `None` before it was loaded.
    position: watch::Sender<Option<i64>>,
    wake: Notify,
}

impl Feed {
    fn new() -> Self {
        Self { position: watch::Sender::new(None), wake: Notify::new() }
    }

    /// The last change in the index.
    pub fn position(&self) -> Option<i64> {
        *self.position.borrow()
    }

    /// The index has changes up to this number; `None`: it must be loaded anew.
    pub fn set_position(&self, position: Option<i64>) {
        self.position.send_replace(position);
    }

    /// Ends when somebody wants the follower to look now.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    async fn reaches(&self, number: i64, longest: Duration) -> bool {
        self.wake.notify_one();
        let mut position = self.position.subscribe();
        let there = position.wait_for(|at| at.is_some_and(|at| at >= number));
        tokio::time::timeout(longest, there).await.is_ok_and(|there| there.is_ok())
    }
}

/// Which guest blocks answer; anonymous visitors are spread over them in turn.
#[derive(Debug)]
pub struct Guests {
    names: Vec<BlockName>,
    answering: BTreeMap<BlockName, AtomicBool>,
    turn: AtomicUsize,
}

impl Guests {
    fn new(blocks: &Blocks) -> Self {
        let names: Vec<BlockName> = blocks
            .all()
            .filter(|block| block.role == Role::Guest)
            .map(|block| block.address.id.clone())
            .collect();
        let unknown = |name: &BlockName| (name.clone(), AtomicBool::new(false));
        Self { answering: names.iter().map(unknown).collect(), names, turn: AtomicUsize::new(0) }
    }

    /// All guest blocks.
    pub fn names(&self) -> &[BlockName] {
        &self.names
    }

    /// Notes whether a guest block answers; says whether that is news.
    pub fn note(&self, name: &BlockName, answers: bool) -> bool {
        self.answering
            .get(name)
            .is_some_and(|noted| noted.swap(answers, Ordering::Relaxed) != answers)
    }

    /// The next guest block that answers.
    pub fn next<'a>(&self, blocks: &'a Blocks) -> Option<&'a Block> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        (0..self.names.len())
            .map(|step| &self.names[first.wrapping_add(step) % self.names.len()])
            .find(|name| self.answering[*name].load(Ordering::Relaxed))
            .and_then(|name| blocks.get(name))
    }
}
