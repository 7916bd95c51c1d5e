//! A block: its database and one process. Every decision is `common`'s; what is here is when it is
//! asked, and what is written down.

mod asks;
mod life;
mod serve;
mod ship;
mod take;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use common::archive::late::HandedOver;
use common::archive::stream::BatchKey;
use common::block::access::{Access, Standing, access};
use common::block::admission::{Bucket, Budget};
use common::block::cursor::Cursor;
use common::block::giving_up;
use common::block::loading::{Come, answer_counts};
use common::block::start::Phase;
use common::incarnation::{Head, Identity, StreamId};
use common::join::operation::Marks;
use common::placement::Placement;
use common::{BlockName, Generation, Incarnation, OperationId, Revision};

use crate::data::{Change, Data, Operation};
use crate::message::{
    Body, Event, LATER_FORM, Loosening, Message, NodeId, Reply, Slice, USUAL_FORM, Who,
};
use crate::world::{CUSTOMERS, SLICE_OF, SLICES, World};

/// What a block can take on that is like the homes.
pub(crate) const AMPLE: Budget = Budget { burst: 40, per_second: 40 };
/// What one can that is not.
pub(crate) const SCANT: Budget = Budget { burst: 4, per_second: 1 };

/// A row of the outbox.
#[derive(Clone, Debug)]
pub(crate) struct OutboxRow {
    /// What it says.
    pub event: Rc<Event>,
    /// In which batch it went.
    pub batch: Option<u64>,
    /// When it was written.
    pub at: u64,
}

/// A batch, committed as such before it was first sent.
#[derive(Clone, Debug)]
pub(crate) struct Shipped {
    /// Its key.
    pub key: BatchKey,
    /// Exactly these rows.
    pub rows: Vec<u64>,
}

/// What the block's database holds of a customer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Customer {
    /// His data.
    pub data: Data,
    /// He was handed over.
    pub handed: Option<HandedOver>,
    /// The generation under which he was last loaded.
    pub loaded: Option<Generation>,
    /// The gateway was fenced for him then.
    pub fenced: bool,
    /// He was loaded while the archive could not read something of his.
    pub unread: bool,
    /// What was known to be executed when he was loaded.
    pub executed_at_load: BTreeSet<OperationId>,
    /// The highest fence a gateway has answered.
    pub fence: Option<Generation>,
    /// Loosenings without a verdict.
    pub intents: Vec<Loosening>,
    /// Which life of the archive has acknowledged each operation.
    pub acknowledged: BTreeMap<OperationId, Incarnation>,
    /// When each unfinished operation is due, and how often it was tried.
    pub tokens: BTreeMap<OperationId, (u64, u32)>,
}

/// A slice that this block has sealed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed {
    /// The SEAL.
    pub seal: giving_up::Sealed,
    /// When.
    pub at: u64,
}

/// The block's database.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    /// Which life.
    pub life: Incarnation,
    /// The same as before, or a new one that has yet to claim.
    pub identity: Identity,
    /// The copy of the register.
    pub rows: Vec<Placement>,
    /// The newest life of the archive that was seen.
    pub archive_life: Option<Incarnation>,
    /// Slices sealed here.
    pub sealed: BTreeMap<Slice, Sealed>,
    /// Revisions named when events of a slice (of a customer) were late: closed below.
    pub named_late: BTreeMap<(Slice, Option<Who>), Revision>,
    /// A later life of this database was seen.
    pub outlived: bool,
    /// Customers.
    pub customers: Vec<Customer>,
    /// The outbox.
    pub outbox: BTreeMap<u64, OutboxRow>,
    /// The number of its next row.
    pub next_row: u64,
    /// Batches of this life, from the first.
    pub batches: Vec<Shipped>,
    /// How many of them the archive's present life has acknowledged.
    pub acknowledged: usize,
    /// Batches that a recovering archive has acknowledged without judging them.
    pub unjudged: BTreeSet<u64>,
    /// How far the archive was followed.
    pub cursor: Cursor,
}

/// A transaction that is open: it holds its slice's gate shared.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    customer: Who,
    generation: Generation,
    writes: Vec<Write>,
    reply: Option<(NodeId, u64, Then)>,
}

/// What a transaction does when it commits.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// A new operation, unless its id is taken by then.
    Order(OperationId, Operation),
    /// Any change of the customer's data.
    Change(Change),
    /// A preference, on top of what stands when it commits.
    Prefer(u32),
    /// A wish to cancel.
    Cancel(OperationId, Operation),
    /// The customer's answer to what he was shown.
    Answer(OperationId, bool, Marks),
    /// A loosening that waits for the archive.
    Intend(Loosening),
}

/// What is answered when a transaction has committed.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// This.
    Say(Reply),
    /// How the operation stands, once it is safe or patience ends.
    Status(OperationId),
    /// Once the archive has said what it thinks of this loosening.
    Loosening(u64),
    /// Signed out, once it is archived and fenced; the number is the fence's.
    SignOut(u64),
}

/// A client that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    customer: Who,
    client: NodeId,
    number: u64,
    until: u64,
    then: Then,
    /// The row of the outbox that has to be acknowledged.
    row: Option<u64>,
    generation: Generation,
    fence: Option<Generation>,
}

/// A load under way.
#[derive(Clone, Debug)]
pub(crate) struct Loading {
    come: Come,
    generation: Generation,
    began: u64,
    sent: u64,
    hinted: bool,
    journal: Rc<Vec<(OperationId, Operation)>>,
    data: Option<Rc<Data>>,
    shows_all: bool,
    elsewhere: Option<Generation>,
}

/// The process: everything that a crash takes.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// How far the start has come.
    pub phase: Phase,
    register_read: bool,
    /// Rows of the outbox below this are from before the start.
    tail: u64,
    followed: bool,
    archive_heard: u64,
    transactions: BTreeMap<u64, Transaction>,
    loading: BTreeMap<Who, Loading>,
    asked_for: BTreeMap<Who, u64>,
    waiting: Vec<Waiter>,
    calls: BTreeMap<OperationId, u64>,
    verified: BTreeSet<Who>,
    refence: BTreeMap<Who, u64>,
    last_register: u64,
    last_changes: u64,
    last_batch: u64,
    last_proposal: BTreeMap<Slice, u64>,
}

impl Process {
    fn start(now: u64, tail: u64) -> Self {
        Self {
            phase: Phase::Quarantined,
            register_read: false,
            tail,
            followed: false,
            archive_heard: now,
            transactions: BTreeMap::new(),
            loading: BTreeMap::new(),
            asked_for: BTreeMap::new(),
            waiting: Vec::new(),
            calls: BTreeMap::new(),
            verified: BTreeSet::new(),
            refence: BTreeMap::new(),
            last_register: 0,
            last_changes: 0,
            last_batch: 0,
            last_proposal: BTreeMap::new(),
        }
    }
}

/// One life of a block: a database and the process in front of it.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Its place in the list of blocks.
    pub name: usize,
    /// The database.
    pub db: Db,
    /// Its asynchronous standby, as far as it has come.
    pub standby: Box<Db>,
    /// A backup.
    pub backup: Option<Box<Db>>,
    /// The process.
    pub process: Process,
    /// The version of payloads it understands.
    pub version: u8,
    /// Its next change of a customer is written in a form that the archive cannot read.
    pub writes_oddly: bool,
    /// What it takes on for each other home, and what is left of that.
    pub budget: Budget,
    pub(super) buckets: BTreeMap<Slice, Bucket>,
}

impl Block {
    /// A block at the beginning: homes have their customers, backups nobody.
    pub(crate) fn new(
        name: usize,
        called: &BlockName,
        life: Incarnation,
        rows: &[Placement],
    ) -> Self {
        let mut customers = vec![Customer::default(); CUSTOMERS];
        for (who, customer) in customers.iter_mut().enumerate() {
            if rows[SLICE_OF[who]].home == *called {
                customer.loaded = Some(Generation(1));
                customer.fenced = true;
            }
        }
        let db = Db {
            life,
            identity: Identity::Same,
            rows: rows.to_vec(),
            archive_life: None,
            sealed: BTreeMap::new(),
            named_late: BTreeMap::new(),
            outlived: false,
            customers,
            outbox: BTreeMap::new(),
            next_row: 0,
            batches: Vec::new(),
            acknowledged: 0,
            unjudged: BTreeSet::new(),
            cursor: Cursor::default(),
        };
        let standby = Box::new(db.clone());
        let process = Process::start(0, 0);
        Self {
            name,
            db,
            standby,
            backup: None,
            process,
            version: 1,
            writes_oddly: false,
            budget: AMPLE,
            buckets: BTreeMap::new(),
        }
    }

    /// Starts the process anew.
    pub(crate) fn restart(&mut self, now: u64) {
        self.process = Process::start(now, self.db.next_row);
    }

    /// Its stream.
    pub(crate) fn stream(&self, names: &[BlockName; 4]) -> StreamId {
        StreamId { block: names[self.name].clone(), incarnation: self.db.life }
    }

    /// Slices that its copy says it owns, or drains toward it.
    pub(crate) fn slices(&self, me: &BlockName) -> Vec<Slice> {
        let mine = |slice: &Slice| self.db.rows[*slice].concerns(me);
        (0..SLICES.len()).filter(mine).collect()
    }
}

impl World {
    pub(crate) fn block_tick(&mut self, node: NodeId) {
        self.note_phase(node);
        if self.nodes[node].disk != crate::world::Disk::Full {
            self.keep_register(node);
            self.keep_lives(node);
            self.relay(node);
            self.follow(node);
            self.keep_loads(node);
            self.keep_loosenings(node);
            self.catch_up(node);
        }
        self.keep_waiters(node);
    }

    pub(crate) fn block_receives(&mut self, node: NodeId, from: NodeId, message: Message) {
        if !self.archive_counts(node, &message) {
            self.count("answer of an old archive");
            return;
        }
        match message {
            Message::Request(request) => self.request(node, from, &request),
            Message::Acknowledge { life, batch, late } => {
                self.acknowledged(node, life, batch, late.as_deref());
            }
            Message::Gap(_, head) => self.rewind(node, head),
            Message::Fork(_) => {}
            Message::Register { life, rows, outlived, recovering, head } => {
                // A new life of the archive may have less of our stream than the one before.
                self.rewind(node, head.unwrap_or(Head::START));
                self.register_arrived(node, life, &rows, outlived, recovering);
            }
            Message::Push(_, row) => self.adopt(node, &row),
            Message::Proposed(_, _, row, _) => self.adopt(node, &row),
            Message::Permitted(_, who, generation, may) => {
                self.permitted(node, who, generation, may);
            }
            Message::Loaded {
                customer, generation, data, revision, shows_all, elsewhere, ..
            } => {
                let copy = self.block(node).db.rows[SLICE_OF[customer]].revision;
                if !answer_counts(copy, revision) {
                    self.block(node).process.last_register = 0;
                    return;
                }
                let answer = (data, shows_all, elsewhere);
                self.entities_arrived(node, customer, generation, answer);
            }
            Message::Changed(life, entries, all, slices) => {
                self.changed(node, life, &entries, all, &slices);
            }
            Message::TooOld(life, begins, slices) => self.too_old(node, life, begins, &slices),
            Message::Close(slice, generation) => self.close(node, slice, generation),
            Message::HandOver(who, generation) => self.hand_over(node, from, who, generation),
            Message::HandedOver(who, generation, done) => {
                self.handed_over(node, who, generation, done);
            }
            Message::Loosened(_, id, applied) => self.loosened(node, id, applied),
            Message::Answered(who, id, answer) => self.answered(node, who, id, answer),
            Message::JournalOf(who, generation, answer) => {
                self.journal_arrived(node, who, generation, answer);
            }
            Message::Fenced(who, number, fence) => self.fenced(node, who, number, fence),
            _ => {}
        }
    }

    /// What this block's database says about a customer.
    pub(crate) fn access_of(&self, node: NodeId, who: Who, seen: Option<Revision>) -> Access {
        let block = &self.blocks[node - crate::world::FIRST_BLOCK];
        let db = &block.db;
        let slice = SLICE_OF[who];
        let customer = &db.customers[who];
        let late = db.named_late.get(&(slice, None)).copied();
        let late = late.max(db.named_late.get(&(slice, Some(who))).copied());
        let standing = Standing {
            me: &self.names[block.name],
            life: &db.life,
            outlived: db.outlived,
            row: Some(&db.rows[slice]),
            seen: seen.max(late),
            sealed: db.sealed.get(&slice).map(|sealed| sealed.seal.generation),
            handed: customer.handed.as_ref(),
            loaded: customer.loaded,
            fence: customer.fence,
        };
        access(&standing, self.guards)
    }

    /// Writes an event into the outbox, in the transaction that goes on. Gives the row's number.
    pub(crate) fn emit(
        &mut self,
        node: NodeId,
        slice: Slice,
        customer: Option<Who>,
        generation: Generation,
        body: Body,
    ) -> u64 {
        let unique = self.unique();
        let now = self.now;
        let block = &mut self.blocks[node - crate::world::FIRST_BLOCK];
        self.checker.committed(unique, node);
        let versioned = matches!(body, Body::Change(Change::Operation(..) | Change::Preference(_)));
        let odd = versioned && std::mem::take(&mut block.writes_oddly);
        let form = if odd { LATER_FORM } else { USUAL_FORM };
        let event = Rc::new(Event { unique, slice, customer, generation, form, body });
        let row = block.db.next_row;
        block.db.next_row += 1;
        block.db.outbox.insert(row, OutboxRow { event, batch: None, at: now });
        row
    }

    /// Absorbs a change into the customer's data here and writes its event.
    pub(crate) fn write(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        change: Change,
    ) -> u64 {
        let guards = self.guards;
        let customer = &mut self.blocks[node - crate::world::FIRST_BLOCK].db.customers[who];
        customer.data.absorb(&change, None, guards);
        let change = match change {
            // The event carries what the join made of it, marks included.
            Change::Operation(id, _) => Change::Operation(id, customer.data.operations[&id]),
            other => other,
        };
        let block = &self.blocks[node - crate::world::FIRST_BLOCK];
        let (name, life) = (block.name, block.db.life);
        self.checker.acted(SLICE_OF[who], generation, name, life);
        self.emit(node, SLICE_OF[who], Some(who), generation, Body::Change(change))
    }
}
