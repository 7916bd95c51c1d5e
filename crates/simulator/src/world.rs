//! The world: nodes, time, the network between them, and one event after the other.
//!
//! Nothing here knows the protocol. Actors live in `archive`, `gateway`, `router`, `client` and
//! `block`; what may not happen is in `checker`; what goes wrong is in `plan`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use common::guards::Guards;
use common::placement::Placement;
use common::{BlockName, Incarnation, SliceId, Timestamp};

use crate::archive::Archive;
use crate::block::Block;
use crate::checker::Checker;
use crate::client::Client;
use crate::coverage::Coverage;
use crate::gateway::Gateway;
use crate::message::{Message, NodeId, Slice};
use crate::plan::{Act, Plan};
use crate::rng::{Rng, mix};
use crate::router::Router;

/// The archive's node.
pub(crate) const ARCHIVE: NodeId = 0;
/// The gateway's node.
pub(crate) const GATEWAY: NodeId = 1;
/// The routers' nodes.
pub(crate) const ROUTERS: [NodeId; 2] = [2, 3];
/// The first client's node; the thief with customer `n`'s credentials comes `CUSTOMERS` later.
pub(crate) const FIRST_CLIENT: NodeId = 4;
/// Customers.
pub(crate) const CUSTOMERS: usize = 4;
/// The first block's node.
pub(crate) const FIRST_BLOCK: NodeId = FIRST_CLIENT + 2 * CUSTOMERS;
/// The blocks: two homes and two backups.
pub(crate) const BLOCKS: [&str; 4] = ["client-1", "client-2", "backup-1", "backup-2"];
/// The home of each slice, by place in [`BLOCKS`].
pub(crate) const SLICES: [usize; 3] = [0, 0, 1];
/// The slice of each customer.
pub(crate) const SLICE_OF: [Slice; CUSTOMERS] = [0, 0, 1, 2];
/// How often a node looks at what is due, in milliseconds.
pub(crate) const TICK_MS: u64 = 100;
/// A client gives a request up after this long. Somebody may still hold it, or send it again.
pub(crate) const PATIENCE_MS: u64 = 2_000;

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    /// It writes.
    Well,
    /// Nothing can be written.
    Full,
    /// Commits take long.
    Stalled,
}

/// What every node has.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// It runs.
    pub up: bool,
    /// It is gone for good.
    pub destroyed: bool,
    /// It stands still until then.
    pub paused_until: u64,
    /// Counts its starts: what was meant for an earlier process is dropped.
    pub boot: u32,
    /// How far its clock is off, in milliseconds.
    pub skew: i64,
    /// Its disk.
    pub disk: Disk,
    /// Transactions that begin before then sleep for so long.
    pub asleep: Option<(u64, u64)>,
}

/// The weather on the network.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// Messages lost, in per cent.
    pub loss: u64,
    /// Messages that arrive twice, in per cent.
    pub twice: u64,
    /// The longest delay, in milliseconds.
    pub delay_ms: u64,
    /// Directed links that are cut, until when.
    pub cut: BTreeMap<(NodeId, NodeId), u64>,
    counter: u64,
}

enum Happening {
    Deliver { to: NodeId, from: NodeId, message: Message },
    Tick(NodeId),
    Commit { node: NodeId, boot: u32, transaction: u64 },
    Act(usize),
    Start(NodeId, u32),
    MendDisk(NodeId),
}

struct Due(u64, u64, Happening);

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// Everything.
pub(crate) struct World {
    /// Simulated milliseconds since the beginning.
    pub now: u64,
    /// The guards in force.
    pub guards: Guards,
    /// What every node has.
    pub nodes: Vec<Node>,
    /// The archive.
    pub archive: Archive,
    /// The gateway and the money behind it.
    pub gateway: Gateway,
    /// The routers.
    pub routers: Vec<Router>,
    /// Customers' clients, then thieves'.
    pub clients: Vec<Client>,
    /// Blocks' databases and processes; promotion adds one and leaves the old one where it was.
    pub blocks: Vec<Block>,
    /// The newest instance of each block.
    pub current: [NodeId; 4],
    /// Names of blocks.
    pub names: [BlockName; 4],
    /// The network.
    pub network: Network,
    /// What may not happen.
    pub checker: Checker,
    /// What has happened, counted.
    pub coverage: Coverage,
    /// Random numbers for whoever needs one.
    pub rng: Rng,
    /// What is to go wrong.
    pub plan: Plan,
    /// Faults have ended; everything must come to rest.
    pub quiet: bool,
    /// The story, if somebody wants to read it.
    pub story: Option<Vec<String>>,
    /// The last operator's order for each slice: when, and through which router.
    pub last_orders: BTreeMap<Slice, (u64, usize)>,
    seed: u64,
    order: u64,
    lives: u32,
    uniques: u64,
    queue: BinaryHeap<Reverse<Due>>,
}

/// Adds a line to the story; the words are put together only if somebody reads it.
macro_rules! tell {
    ($world:expr, $($words:tt)*) => {
        if $world.story.is_some() {
            let line = format!($($words)*);
            $world.tell(&line);
        }
    };
}
pub(crate) use tell;

impl World {
    /// The world at its beginning: every home serves its customers, all is well.
    #[expect(clippy::expect_used, reason = "the names and numbers are constants above")]
    pub(crate) fn new(seed: u64, plan: Plan, guards: Guards, with_story: bool) -> Self {
        let names = BLOCKS.map(|name| BlockName::try_from(name.to_owned()).expect("a name"));
        let life = |n: u64| Incarnation { timeline: 1, system: n, nonce: mix(n) };
        let rows = (0..SLICES.len()).map(|slice| {
            let number = u8::try_from(slice).unwrap_or(0);
            let id = SliceId::try_from(number).expect("a slice");
            let mut row = Placement::first(names[SLICES[slice]].clone(), id, "start");
            row.owner_incarnation = Some(life(SLICES[slice] as u64 + 1));
            row
        });
        let rows: Vec<Placement> = rows.collect();
        let blocks: Vec<Block> =
            (0..4).map(|n| Block::new(n, &names[n], life(n as u64 + 1), &rows)).collect();
        let archive = Archive::new(life(9), &rows, &blocks);
        let node = Node {
            up: true,
            destroyed: false,
            paused_until: 0,
            boot: 0,
            skew: 0,
            disk: Disk::Well,
            asleep: None,
        };
        let mut world = Self {
            now: 0,
            guards,
            nodes: vec![node; FIRST_BLOCK + 4],
            archive,
            gateway: Gateway::new(),
            routers: ROUTERS.map(|_| Router::new(&rows)).into(),
            clients: (0..2 * CUSTOMERS)
                .map(|n| Client::new(n % CUSTOMERS, n >= CUSTOMERS))
                .collect(),
            blocks,
            current: [0, 1, 2, 3].map(|n| FIRST_BLOCK + n),
            names,
            network: Network { loss: 0, twice: 0, delay_ms: 20, cut: BTreeMap::new(), counter: 0 },
            checker: Checker::new(),
            coverage: Coverage::default(),
            rng: Rng::new(seed),
            plan,
            quiet: false,
            story: with_story.then(Vec::new),
            last_orders: BTreeMap::new(),
            seed,
            order: 0,
            lives: 1,
            uniques: 0,
            queue: BinaryHeap::new(),
        };
        for (index, (at, _)) in world.plan.acts.clone().iter().enumerate() {
            world.schedule(*at, Happening::Act(index));
        }
        for node in 0..world.nodes.len() {
            let at = world.rng.below(TICK_MS);
            world.schedule(at, Happening::Tick(node));
        }
        world
    }

    /// Does the next thing. False once nothing is left, something was violated, or time is up.
    pub(crate) fn step(&mut self) -> bool {
        if self.checker.violation.is_some() {
            return false;
        }
        let Some(Reverse(Due(at, _, happening))) = self.queue.pop() else {
            return false;
        };
        if at > self.plan.end_ms {
            return false;
        }
        self.now = at;
        match happening {
            Happening::Act(index) => {
                let act = self.plan.acts[index].1;
                self.act(&act);
            }
            Happening::Tick(node) => self.tick(node),
            Happening::Start(node, boot) => {
                if self.nodes[node].boot == boot && !self.nodes[node].up {
                    self.start(node);
                }
            }
            Happening::MendDisk(node) => self.nodes[node].disk = Disk::Well,
            Happening::Commit { node, boot, transaction } => self.commit(node, boot, transaction),
            Happening::Deliver { to, from, message } => self.deliver(to, from, message),
        }
        true
    }

    fn tick(&mut self, node: NodeId) {
        if self.nodes[node].destroyed {
            return;
        }
        self.schedule(self.now.max(self.nodes[node].paused_until) + TICK_MS, Happening::Tick(node));
        if !self.runs(node) {
            return;
        }
        match node {
            ARCHIVE => self.archive_tick(),
            GATEWAY => self.gateway_tick(),
            2 | 3 => self.router_tick(node - ROUTERS[0]),
            node if node < FIRST_BLOCK => self.client_tick(node - FIRST_CLIENT),
            node => self.block_tick(node),
        }
    }

    fn commit(&mut self, node: NodeId, boot: u32, transaction: u64) {
        if self.nodes[node].boot != boot || !self.nodes[node].up {
            return;
        }
        let awake = self.nodes[node].paused_until;
        if awake > self.now {
            self.schedule(awake, Happening::Commit { node, boot, transaction });
            return;
        }
        self.block_commit(node, transaction);
    }

    fn deliver(&mut self, to: NodeId, from: NodeId, message: Message) {
        let state = &self.nodes[to];
        let cut = self.network.cut.get(&(from, to)).is_some_and(|until| *until > self.now);
        if !state.up || state.destroyed || cut {
            return;
        }
        if state.paused_until > self.now {
            let at = state.paused_until;
            self.schedule(at, Happening::Deliver { to, from, message });
            return;
        }
        self.coverage.messages[message_slot(&message)] += 1;
        if let Message::Request(request) = &message
            && !self.clients[from - FIRST_CLIENT].waits_for(request.number)
        {
            self.count("fault: request outlived its client");
        }
        match to {
            ARCHIVE => self.archive_receives(from, message),
            GATEWAY => self.gateway_receives(from, message),
            2 | 3 => self.router_receives(to - ROUTERS[0], from, message),
            to if to < FIRST_BLOCK => self.client_receives(to - FIRST_CLIENT, message),
            to => self.block_receives(to, from, message),
        }
    }

    /// Sends a message: it may be lost, arrive twice, late, and out of order.
    pub(crate) fn send(&mut self, from: NodeId, to: NodeId, message: Message) {
        self.network.counter += 1;
        let fate = mix(self.seed ^ mix(self.network.counter) ^ ((from as u64) << 32 | to as u64));
        let (loss, twice) = (fate % 100, (fate >> 8) % 100);
        if loss < self.network.loss {
            self.coverage.lost += 1;
            return;
        }
        let mut longest = self.network.delay_ms;
        let at = self.now + 1 + (fate >> 16) % longest.max(1);
        if twice < self.network.twice {
            self.coverage.duplicated += 1;
            if matches!(message, Message::Request(_)) {
                // A proxy that tries again knows nothing of the client's patience.
                longest = longest.max(6 * PATIENCE_MS);
                self.count("fault: request repeated");
            }
            let again = at + 1 + (fate >> 40) % longest.max(1);
            let message = message.clone();
            self.schedule(again, Happening::Deliver { to, from, message });
        }
        self.schedule(at, Happening::Deliver { to, from, message });
    }

    /// A transaction of a block commits at that time, if it still may.
    pub(crate) fn commit_at(&mut self, node: NodeId, at: u64, transaction: u64) {
        let boot = self.nodes[node].boot;
        self.schedule(at, Happening::Commit { node, boot, transaction });
    }

    /// A process that was stopped starts again after so long.
    pub(crate) fn start_later(&mut self, node: NodeId, ms: u64) {
        let boot = self.nodes[node].boot;
        self.schedule(self.now + ms, Happening::Start(node, boot));
    }

    /// A disk writes again after so long.
    pub(crate) fn mend_disk_later(&mut self, node: NodeId, ms: u64) {
        self.schedule(self.now + ms, Happening::MendDisk(node));
    }

    /// Adds a node that starts to live now, a copy of `like`.
    pub(crate) fn add_node(&mut self) -> NodeId {
        let mut node = self.nodes[FIRST_BLOCK].clone();
        node = Node { up: true, destroyed: false, paused_until: 0, boot: 0, ..node };
        self.nodes.push(node);
        let id = self.nodes.len() - 1;
        self.schedule(self.now + 1, Happening::Tick(id));
        id
    }

    /// Does this node run right now?
    pub(crate) fn runs(&self, node: NodeId) -> bool {
        let node = &self.nodes[node];
        node.up && !node.destroyed && node.paused_until <= self.now
    }

    /// Would a message from `from` get to `to` now, and be looked at?
    pub(crate) fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        let cut = self.network.cut.get(&(from, to)).is_some_and(|until| *until > self.now);
        self.runs(to) && !cut
    }

    /// The time by a node's clock.
    pub(crate) fn clock(&self, node: NodeId) -> Timestamp {
        let now = i64::try_from(self.now).unwrap_or(0);
        Timestamp::from_unix_ms(1_000_000 + now + self.nodes[node].skew)
    }

    /// The place of a block by its name.
    pub(crate) fn block_named(&self, name: &BlockName) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or(0)
    }

    /// A life that no database had before, of the same system.
    pub(crate) fn next_life(&mut self, before: Incarnation) -> Incarnation {
        self.lives += 1;
        let nonce = mix(self.seed ^ u64::from(self.lives));
        Incarnation { timeline: self.lives, system: before.system, nonce }
    }

    /// A number that was never given before.
    pub(crate) fn unique(&mut self) -> u64 {
        self.uniques += 1;
        self.uniques
    }

    /// Something changed, was refused, or went wrong: an event in the sense of the figures.
    pub(crate) fn count(&mut self, what: &'static str) {
        self.coverage.count(what);
    }

    /// Changes if anything about the run does.
    pub(crate) fn digest(&self) -> u64 {
        let mut digest = mix(self.now);
        let mut add = |number: u64| digest = mix(digest ^ number);
        for row in &self.archive.db.rows {
            add(row.revision.0);
            add(row.generation.0);
        }
        for stream in self.archive.db.streams.values() {
            add(u64::from_be_bytes(stream.head.hash.0[..8].try_into().unwrap_or_default()));
        }
        for balance in &self.gateway.balances {
            add(balance.unsigned_abs());
        }
        for (name, count) in &self.coverage.counts {
            add(name.len() as u64);
            add(*count);
        }
        digest
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&mut self, line: &str) {
        let (seconds, ms) = (self.now / 1_000, self.now % 1_000);
        if let Some(story) = &mut self.story {
            story.push(format!("{seconds:>4}.{ms:03}  {line}"));
        }
    }

    /// What a node is called in the story.
    pub(crate) fn name(&self, node: NodeId) -> String {
        match node {
            ARCHIVE => "archive".to_owned(),
            GATEWAY => "gateway".to_owned(),
            2 => "router".to_owned(),
            3 => "router-backup".to_owned(),
            node if node < FIRST_CLIENT + CUSTOMERS => format!("customer-{}", node - FIRST_CLIENT),
            node if node < FIRST_BLOCK => {
                format!("thief-{}", node - FIRST_CLIENT - CUSTOMERS)
            }
            node => {
                let block = &self.blocks[node - FIRST_BLOCK];
                format!("{}/{}", BLOCKS[block.name], block.db.life.timeline)
            }
        }
    }

    /// The block behind a node.
    pub(crate) fn block(&mut self, node: NodeId) -> &mut Block {
        &mut self.blocks[node - FIRST_BLOCK]
    }

    fn schedule(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.queue.push(Reverse(Due(at, self.order, happening)));
    }

    fn act(&mut self, act: &Act) {
        tell!(self, "-- {act:?}");
        crate::faults::act(self, act);
    }
}

fn message_slot(message: &Message) -> &'static str {
    message.name()
}
