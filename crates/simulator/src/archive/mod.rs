//! The archive: streams, entities, log, register. It loads, asks `common` to decide, and writes
//! down, each request in one act.

mod loads;
mod register;
mod streams;

pub(crate) use register::row_words;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use common::archive::asked::Load;
use common::archive::late::HandedOver;
use common::archive::loosening::Verdict;
use common::incarnation::{ChainHash, Head, StreamId};
use common::placement::Placement;
use common::placement::moves::Seal;
use common::{Generation, Incarnation};

use crate::block::Block;
use crate::data::Data;
use crate::message::{Entry, Event, Judged, Message, NodeId, Slice, USUAL_FORM, Who};
use crate::world::{ARCHIVE, CUSTOMERS, GATEWAY, World};

/// A stream as the archive has it.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// Its last batch.
    pub head: Head,
    /// The hash of every batch, from the first.
    pub hashes: Vec<ChainHash>,
    /// What of its last batch was late: it is acknowledged again when the log has dropped it.
    pub named: Vec<(Slice, Option<Who>)>,
}

/// What a recovering archive waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recovering {
    /// Copies that were handed in, by whom.
    pub copies: BTreeMap<NodeId, Rc<Vec<Placement>>>,
    /// The gateway's fences.
    pub fences: Option<Vec<Generation>>,
    /// Batches that came meanwhile, stored unjudged.
    pub unjudged: Vec<(StreamId, u64, Rc<Vec<Event>>)>,
    /// When the gateway was last asked.
    pub asked_at: u64,
}

/// The archive's database.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    /// Which life.
    pub life: Incarnation,
    /// Set while it recovers.
    pub recovering: Option<Recovering>,
    /// The register.
    pub rows: Vec<Placement>,
    /// The last SEAL of each slice by each block.
    pub seals: BTreeMap<(Slice, usize), Seal>,
    /// Streams.
    pub streams: BTreeMap<StreamId, Stream>,
    /// The life of each block's database that is current.
    pub current: [Incarnation; 4],
    /// Entities by customer.
    pub data: Vec<Data>,
    /// The log, from the place at which it begins.
    pub log: Vec<Rc<Entry>>,
    /// That place.
    pub log_begins: u64,
    /// Events that this version cannot read, and who wrote them.
    pub raw: Vec<(StreamId, Judged)>,
    /// The newest form of events that it can read.
    pub reads: u8,
    /// How often a newer version has read them.
    pub rereads: u64,
    /// Every load of each customer.
    pub loads: Vec<Vec<Load>>,
    /// The last HANDOVER of each customer.
    pub handed: Vec<Option<HandedOver>>,
    /// Verdicts over loosenings.
    pub verdicts: BTreeMap<u64, Verdict>,
    /// Events by the checker's name: what has arrived.
    pub arrived: BTreeSet<u64>,
    /// When automation last took its move, and of which block.
    pub automatic: Option<(u64, Option<usize>)>,
}

/// The archive.
#[derive(Debug)]
pub(crate) struct Archive {
    /// What it holds; acknowledged only when its synchronous standby has it too.
    pub db: Db,
    /// A backup to restore from.
    pub backup: Option<Box<Db>>,
    /// How long it keeps its log.
    pub keep_ms: Option<u64>,
}

impl Archive {
    /// With the first rows, and every block's first life known.
    pub(crate) fn new(life: Incarnation, rows: &[Placement], blocks: &[Block]) -> Self {
        let current = [0, 1, 2, 3].map(|n| blocks[n].db.life);
        let db = Db {
            life,
            recovering: None,
            rows: rows.to_vec(),
            seals: BTreeMap::new(),
            streams: BTreeMap::new(),
            current,
            data: vec![Data::default(); CUSTOMERS],
            log: Vec::new(),
            log_begins: 0,
            raw: Vec::new(),
            reads: USUAL_FORM,
            rereads: 0,
            loads: vec![Vec::new(); CUSTOMERS],
            handed: vec![None; CUSTOMERS],
            verdicts: BTreeMap::new(),
            arrived: BTreeSet::new(),
            automatic: None,
        };
        Self { db, backup: None, keep_ms: None }
    }
}

impl World {
    pub(crate) fn archive_tick(&mut self) {
        let now = self.now;
        if let Some(recovering) = &mut self.archive.db.recovering {
            if recovering.fences.is_none() && now >= recovering.asked_at + 500 {
                recovering.asked_at = now;
                let life = self.archive.db.life;
                self.send(ARCHIVE, GATEWAY, Message::AskFences(life));
            }
            self.finish_recovery();
        }
        self.drop_log();
    }

    pub(crate) fn archive_receives(&mut self, from: NodeId, message: Message) {
        let life = self.archive.db.life;
        match message {
            Message::Batch(stream, key, events) => self.batch(from, &stream, key, &events),
            Message::ReadRegister(stream) => {
                if let Some(stream) = &stream {
                    self.meet(stream);
                }
                let known = stream.as_ref().and_then(|s| self.archive.db.streams.get(s));
                let head = known.map(|known| known.head);
                let outlived = stream.as_ref().is_some_and(|s| self.closed(s));
                let rows = Rc::new(self.archive.db.rows.clone());
                let recovering = self.archive.db.recovering.is_some();
                let answer = Message::Register { life, rows, outlived, recovering, head };
                self.send(ARCHIVE, from, answer);
            }
            Message::Witness { life: to, resent, copy, fences } if to == life => {
                self.witness(from, resent, copy, fences);
            }
            Message::MayLoad(who, generation) => {
                let may = self.may_load(from, who, generation, false);
                self.send(ARCHIVE, from, Message::Permitted(life, who, generation, may));
            }
            Message::Load(who, generation, hinted) => self.load(from, who, generation, hinted),
            Message::Changes(cursor) => self.changes(from, *cursor),
            Message::Propose(slice, proposal) => self.proposed(from, slice, &proposal),
            Message::Loosen(loosening) => self.loosen(from, &loosening),
            _ => {}
        }
    }
}
