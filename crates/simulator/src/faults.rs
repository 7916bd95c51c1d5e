//! What an act of the plan does to the world.

use common::archive::lives;
use common::block::relay;
use common::incarnation::{Identity, Incarnation, identify};

use crate::archive::Recovering;
use crate::block::{AMPLE, SCANT};
use crate::client::Deed;
use crate::message::NodeId;
use crate::plan::{Act, Old, Place};
use crate::world::{ARCHIVE, CUSTOMERS, Disk, FIRST_BLOCK, ROUTERS, SLICE_OF, SLICES, World, tell};

/// Lets it happen.
pub(crate) fn act(world: &mut World, act: &Act) {
    match *act {
        Act::Weather(loss, twice, delay_ms) => {
            let network = &mut world.network;
            (network.loss, network.twice, network.delay_ms) = (loss, twice, delay_ms);
            world.count("fault: weather");
        }
        Act::Cut(from, to, ms) => {
            world.cut(from, to, ms);
            world.count("fault: one-way partition");
        }
        Act::Isolate(place, ms) => {
            for other in everywhere() {
                world.cut(place, other, ms);
                world.cut(other, place, ms);
            }
            world.count("fault: isolation");
        }
        Act::Crash(place, ms) => {
            for node in place.nodes(&world.current) {
                world.crash(node);
                world.nodes[node].paused_until = 0;
                world.start_later(node, ms);
            }
            world.count("fault: crash");
        }
        Act::Pause(place, ms) => {
            let until = world.now + ms;
            for node in place.nodes(&world.current) {
                world.nodes[node].paused_until = until;
            }
            world.count("fault: pause");
        }
        Act::DiskFull(block, ms) => world.disk(block, Disk::Full, ms),
        Act::DiskStalled(block, ms) => world.disk(block, Disk::Stalled, ms),
        Act::Sleep(block, window, ms) => {
            let node = world.current[block];
            world.nodes[node].asleep = Some((world.now + window, ms));
            world.count("fault: transactions sleep");
        }
        Act::Clock(place, jump) => {
            for node in place.nodes(&world.current) {
                world.nodes[node].skew += jump;
            }
            world.count("fault: clock jump");
        }
        Act::GatewayAway(ms) => {
            world.gateway.away_until = world.now + ms;
            world.count("fault: gateway away");
        }
        Act::Quiet => world.quieten(),
        Act::KeepLog(ms) => world.archive.keep_ms = Some(ms),
        Act::BadEvent(block) => {
            let node = world.current[block];
            world.block(node).writes_oddly = true;
            world.count("fault: bad event");
        }
        Act::Lesser(block) => {
            let node = world.current[block];
            world.block(node).budget = SCANT;
            world.count("fault: unequal backup");
        }
        Act::Move(..) | Act::Customer(..) | Act::Thief(..) | Act::Upgrade(_) | Act::Storm(_) => {
            people(world, act);
        }
        _ => databases(world, act),
    }
}

/// What people do, releases included.
fn people(world: &mut World, act: &Act) {
    match *act {
        Act::Move(router, slice, order) => {
            world.count("operator orders");
            if world.ordered_lately(slice, router) {
                world.count("contradictory operators");
            }
            world.operate(router, slice, order);
        }
        Act::Storm(home) => {
            let now = world.now;
            for who in (0..CUSTOMERS).filter(|who| SLICES[SLICE_OF[*who]] == home) {
                world.clients[who].forget(now);
            }
            world.count("fault: re-login storm");
        }
        Act::Customer(who, Deed::Forget) => {
            let now = world.now;
            world.clients[who].forget(now);
        }
        Act::Customer(who, deed) => world.clients[who].wants(deed),
        Act::Thief(who, Deed::Steal) => world.steal(who),
        Act::Thief(who, deed) => world.clients[CUSTOMERS + who].wants(deed),
        Act::Upgrade(block) => {
            let node = world.current[block];
            world.block(node).version = 2;
            world.count("fault: version skew");
        }
        _ => {}
    }
}

/// What becomes of databases.
fn databases(world: &mut World, act: &Act) {
    match *act {
        Act::StandbyCatchesUp(block) => {
            let block = &mut world.blocks[world.current[block] - FIRST_BLOCK];
            *block.standby = block.db.clone();
        }
        Act::BackUp(block) => {
            let block = &mut world.blocks[world.current[block] - FIRST_BLOCK];
            block.backup = Some(Box::new(block.db.clone()));
        }
        Act::Promote(block, old) => {
            let standby = world.blocks[world.current[block] - FIRST_BLOCK].standby.clone();
            world.succeed(block, *standby, old);
            world.count("fault: lagging standby promoted");
        }
        Act::Restore(block, old) => {
            let backup = world.blocks[world.current[block] - FIRST_BLOCK].backup.clone();
            if let Some(backup) = backup {
                world.succeed(block, *backup, old);
                world.count("fault: block restored");
            }
        }
        Act::BackUpArchive => world.archive.backup = Some(Box::new(world.archive.db.clone())),
        Act::RestoreArchive => world.restore_archive(),
        Act::PromoteArchive => {
            // Its standby is synchronous: it has what was acknowledged.
            world.archive_begins_anew();
            world.count("fault: archive promoted");
        }
        Act::RewindRouter(router) => {
            let rows = world.archive.db.rows.clone();
            let state = &mut world.routers[router];
            let oldest = state.rows.iter().map(|row| row.revision).min();
            if oldest.is_some_and(|oldest| rows.iter().all(|row| row.revision >= oldest)) {
                state.restart();
            }
            world.count("fault: router restarted");
        }
        _ => {}
    }
}

fn everywhere() -> Vec<Place> {
    let mut all = vec![Place::Archive, Place::Gateway, Place::Router(0), Place::Router(1)];
    all.extend((0..4).map(Place::Block));
    all
}

impl World {
    fn cut(&mut self, from: Place, to: Place, ms: u64) {
        let until = self.now + ms;
        for from in from.nodes(&self.current) {
            for to in to.nodes(&self.current) {
                if from != to {
                    self.network.cut.insert((from, to), until);
                }
            }
        }
    }

    fn disk(&mut self, block: usize, disk: Disk, ms: u64) {
        let node = self.current[block];
        self.nodes[node].disk = disk;
        self.mend_disk_later(node, ms);
        self.count(if disk == Disk::Full { "fault: disk full" } else { "fault: disk stalled" });
    }

    /// Has the other router's operator ordered something for this slice in the last seconds?
    fn ordered_lately(&mut self, slice: usize, router: usize) -> bool {
        let last = self.last_orders.insert(slice, (self.now, router));
        last.is_some_and(|(at, by)| by != router && self.now < at + 5_000)
    }

    /// Everything that is not in the database is gone.
    pub(crate) fn crash(&mut self, node: NodeId) {
        self.nodes[node].up = false;
        self.nodes[node].boot += 1;
    }

    /// A process starts, from what its database holds.
    pub(crate) fn start(&mut self, node: NodeId) {
        if self.nodes[node].destroyed {
            return;
        }
        self.nodes[node].up = true;
        if node >= FIRST_BLOCK {
            let now = self.now;
            self.block(node).restart(now);
        } else if let Some(router) = ROUTERS.iter().position(|router| *router == node) {
            self.routers[router].restart();
        }
        tell!(self, "{} starts", self.name(node));
    }

    /// A database takes a block's place, from an older state than the one before it.
    fn succeed(&mut self, place: usize, db: crate::block::Db, old: Old) {
        let before = self.current[place];
        let node = self.add_node();
        let mut block = self.blocks[before - FIRST_BLOCK].clone();
        block.db = db;
        let now = self.now;
        let written = block.db.life;
        let life = self.next_life(written);
        let server = (life.system, life.timeline);
        if identify(Some(&written), server, self.guards) == Identity::New {
            block.db.life = life;
            block.db.identity = Identity::New;
            block.db.outlived = false;
            // A stream of its own, from the first batch; what was not acknowledged goes with it.
            let acknowledged = block.db.acknowledged as u64;
            block.db.batches.clear();
            block.db.acknowledged = 0;
            block.db.unjudged.clear();
            block.db.outbox.retain(|_, row| !relay::archived(row.batch, acknowledged));
            for row in block.db.outbox.values_mut() {
                row.batch = None;
            }
            for customer in &mut block.db.customers {
                customer.fenced = false;
            }
        }
        block.standby = Box::new(block.db.clone());
        block.restart(now);
        let lost = crate::checker::Checker::only_in(&self.blocks[before - FIRST_BLOCK], &block.db);
        self.blocks.push(block);
        self.current[place] = node;
        tell!(self, "{} takes the place of {}", self.name(node), self.name(before));
        match old {
            Old::Destroyed => {
                self.crash(before);
                self.nodes[before].destroyed = true;
                self.checker.destroyed(lost);
            }
            Old::Back(ms) => {
                self.crash(before);
                self.start_later(before, ms);
            }
            Old::Apart(ms) => {
                let until = self.now + ms;
                for other in [ARCHIVE, ROUTERS[0], ROUTERS[1]] {
                    self.network.cut.insert((before, other), until);
                    self.network.cut.insert((other, before), until);
                }
            }
            Old::Asleep(ms) => self.nodes[before].paused_until = self.now + ms,
        }
    }

    fn restore_archive(&mut self) {
        let Some(backup) = self.archive.backup.clone() else { return };
        self.archive.db = *backup;
        self.checker.archive_rewound();
        self.count("fault: archive restored");
        self.archive_begins_anew();
    }

    fn archive_begins_anew(&mut self) {
        let written = self.archive.db.life;
        let life: Incarnation = self.next_life(written);
        let server = (life.system, life.timeline);
        if lives::after_start(Some(&written), server, self.guards) == Identity::New {
            self.archive.db.life = life;
            // What an earlier recovery has stored and not judged is judged by this one.
            let before = self.archive.db.recovering.take();
            let unjudged = before.map(|before| before.unjudged).unwrap_or_default();
            self.archive.db.recovering = Some(Recovering { unjudged, ..Recovering::default() });
            tell!(self, "archive: a new life, recovering");
        }
    }

    fn quieten(&mut self) {
        self.quiet = true;
        for client in &mut self.clients {
            client.comes_to_rest();
        }
        self.network.cut.clear();
        (self.network.loss, self.network.twice, self.network.delay_ms) = (0, 0, 20);
        self.gateway.away_until = 0;
        for node in 0..self.nodes.len() {
            self.nodes[node].disk = Disk::Well;
            self.nodes[node].asleep = None;
            self.nodes[node].paused_until = 0;
            if !self.nodes[node].up {
                self.start(node);
            }
        }
        for block in 0..4 {
            let node = self.current[block];
            self.block(node).version = 2;
            self.block(node).budget = AMPLE;
        }
        self.archive_reads_on();
    }
}
