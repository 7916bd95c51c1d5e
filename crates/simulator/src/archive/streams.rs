//! Streams: which batch is applied, which event is late, what is asked about.

use std::rc::Rc;

use common::archive::asked::on_arrival;
use common::archive::judging::{Arriving, Effect, Judgement, Told, judge_event};
use common::archive::late::Lateness;
use common::archive::lives;
use common::archive::naming::{Named, named};
use common::archive::raw::{Taking, taking};
use common::archive::retention::may_drop;
use common::archive::stream::{Arrival, BatchKey, Judging, arrival, judging};
use common::incarnation::{Head, StreamId};
use common::{BlockName, Generation};

use crate::checker::Checker;
use crate::data::Change;
use crate::message::{Body, Entry, Event, Judged, LATER_FORM, Late, Message, NodeId, Slice, Who};
use crate::world::{ARCHIVE, FIRST_BLOCK, World};

use super::Stream;

impl World {
    pub(super) fn stream_of(&self, node: NodeId) -> Option<StreamId> {
        let block = self.blocks.get(node.checked_sub(FIRST_BLOCK)?)?;
        Some(StreamId { block: self.names[block.name].clone(), incarnation: block.db.life })
    }

    /// Has a later life of this block's database been met?
    pub(super) fn closed(&self, stream: &StreamId) -> bool {
        let current = &self.archive.db.current[self.block_named(&stream.block)];
        lives::closed(Some(current), &stream.incarnation)
    }

    pub(super) fn meet(&mut self, stream: &StreamId) {
        let block = self.block_named(&stream.block);
        if lives::meets(Some(&self.archive.db.current[block]), &stream.incarnation) {
            self.archive.db.current[block] = stream.incarnation;
            self.count("archive meets a new life");
        }
    }

    pub(super) fn batch(
        &mut self,
        from: NodeId,
        id: &StreamId,
        key: BatchKey,
        events: &Rc<Vec<Event>>,
    ) {
        self.meet(id);
        let life = self.archive.db.life;
        let db = &mut self.archive.db;
        let empty = || Stream { head: Head::START, hashes: Vec::new(), named: Vec::new() };
        let stream = db.streams.entry(id.clone()).or_insert_with(empty);
        let place = usize::try_from(key.batch).unwrap_or(0).wrapping_sub(1);
        let known = stream.hashes.get(place).copied();
        match arrival(stream.head, known, &key) {
            Arrival::Gap => {
                let head = stream.head;
                self.count("batch: gap");
                self.send(ARCHIVE, from, Message::Gap(life, head));
            }
            Arrival::Fork => {
                self.count("batch: fork");
                self.checker.fork(id);
                self.send(ARCHIVE, from, Message::Fork(life));
            }
            Arrival::Known => {
                self.count("batch: known");
                let late = self.late_of(id, key.batch);
                self.acknowledge(from, key.batch, late);
            }
            Arrival::Apply => {
                stream.head = key.head();
                stream.hashes.push(key.hash);
                self.count("batch: applied");
                let recovering = self.archive.db.recovering.as_mut();
                let judging = judging(recovering.is_some(), self.guards);
                let later = judging == Judging::AfterRecovery;
                if let Some(recovering) = recovering.filter(|_| later) {
                    recovering.unjudged.push((id.clone(), key.batch, events.clone()));
                    for event in events.iter() {
                        self.archive.db.arrived.insert(event.unique);
                    }
                    self.acknowledge(from, key.batch, None);
                    return;
                }
                self.apply(id, key.batch, events);
                let late = self.late_of(id, key.batch);
                self.acknowledge(from, key.batch, late);
            }
        }
    }

    pub(super) fn acknowledge(&mut self, to: NodeId, batch: u64, late: Option<Late>) {
        let life = self.archive.db.life;
        self.send(ARCHIVE, to, Message::Acknowledge { life, batch, late });
    }

    /// What of a batch was late, once it has been judged.
    pub(super) fn late_of(&self, id: &StreamId, batch: u64) -> Option<Late> {
        let db = &self.archive.db;
        let mut unjudged = db.recovering.iter().flat_map(|recovering| &recovering.unjudged);
        if unjudged.any(|(stream, waits, _)| stream == id && *waits == batch) {
            return None;
        }
        let mut log = db.log.iter().rev();
        let Some(entry) = log.find(|e| e.batch == batch && e.stream == *id) else {
            // Dropped from the log: only the last batch can still be waited for.
            let stream = db.streams.get(id).filter(|stream| stream.head.batch == batch);
            let named = stream.into_iter().flat_map(|stream| &stream.named);
            let with =
                |(slice, who): &(Slice, Option<Who>)| (*slice, *who, db.rows[*slice].revision);
            return Some(named.map(with).collect());
        };
        let late = |judged: &Judged| {
            let slice = judged.event.slice;
            let customer = match named(judged.late, judged.event.customer)? {
                Named::Slice => None,
                Named::Customer(customer) => Some(customer),
            };
            Some((slice, customer, self.archive.db.rows[slice].revision))
        };
        Some(entry.events.iter().filter_map(late).collect())
    }

    /// Judges, stores and logs the events of a batch.
    pub(super) fn apply(&mut self, id: &StreamId, batch: u64, events: &[Event]) {
        let judged: Vec<Judged> = events.iter().map(|event| self.apply_event(id, event)).collect();
        self.log(id, batch, judged);
        let named = self.late_of(id, batch).into_iter().flatten();
        let named = named.map(|(slice, who, _)| (slice, who)).collect();
        if let Some(stream) = self.archive.db.streams.get_mut(id) {
            stream.named = named;
        }
    }

    fn log(&mut self, id: &StreamId, batch: u64, events: Vec<Judged>) {
        let at = self.now;
        let db = &mut self.archive.db;
        let place = db.log_begins + db.log.len() as u64;
        db.log.push(Rc::new(Entry { stream: id.clone(), batch, place, at, events }));
    }

    /// Drops what of the log is old and needed by nobody.
    pub(super) fn drop_log(&mut self) {
        let Some(keep) = self.archive.keep_ms else { return };
        let (now, db) = (self.now, &self.archive.db);
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        let droppable = |entry: &&Rc<Entry>| {
            let rows = entry.events.iter().map(|judged| &db.rows[judged.event.slice]);
            may_drop(ms(now - entry.at), ms(keep), rows)
        };
        let dropped = db.log.iter().take_while(droppable).count();
        if dropped > 0 && db.recovering.is_none() {
            let db = &mut self.archive.db;
            db.log.drain(..dropped);
            db.log_begins += dropped as u64;
            self.count("log dropped");
        }
    }

    /// A later version of the archive reads what the one before has stored raw.
    pub(crate) fn archive_reads_on(&mut self) {
        self.archive.db.reads = LATER_FORM;
        let raw = std::mem::take(&mut self.archive.db.raw);
        let mut read = Vec::new();
        for (id, judged) in raw {
            let Judged { event, late, .. } = judged;
            let serving = self.archive.db.rows[event.slice].generation;
            let mut judged =
                Judged { event: event.clone(), late, serving, asked: None, raw: false };
            if let (Some(who), Body::Change(change)) = (event.customer, &event.body) {
                judged.asked = self.take_in(&id, who, &event, change, late, serving);
            }
            self.count("raw event read");
            read.push(judged);
        }
        if read.is_empty() {
            return;
        }
        // Into the log once more, as the archive's own: whoever follows has passed it by.
        let db = &mut self.archive.db;
        db.rereads += 1;
        let (batch, incarnation) = (db.rereads, db.life);
        let Ok(block) = BlockName::try_from("archive".to_owned()) else { return };
        self.log(&StreamId { block, incarnation }, batch, read);
    }

    pub(super) fn apply_event(&mut self, id: &StreamId, event: &Event) -> Judged {
        let guards = self.guards;
        let block = self.block_named(&id.block);
        let closed = self.closed(id);
        let db = &mut self.archive.db;
        db.arrived.insert(event.unique);
        let arriving = Arriving {
            stream: id,
            closed,
            generation: event.generation,
            told: told(&event.body),
            seal: db.seals.get(&(event.slice, block)),
            handed: event.customer.and_then(|who| db.handed[who].as_ref()),
        };
        let Judgement { late, serving, effect } =
            judge_event(&db.rows[event.slice], &arriving, guards);
        let raw = taking(event.form, db.reads) == Taking::StoreRaw;
        let mut judged = Judged { event: event.clone(), late, serving, asked: None, raw };
        match (effect, &event.body, event.customer) {
            (Effect::Seal(seal), ..) => {
                db.seals.insert((event.slice, block), seal);
            }
            (Effect::Void(row), ..) => {
                if let Some(seal) = db.seals.get_mut(&(event.slice, block)) {
                    seal.voided = true;
                }
                db.rows[event.slice] = *row;
            }
            (Effect::HandOver(handed), _, Some(who)) => db.handed[who] = Some(handed),
            (Effect::TakeIn, Body::Change(_), Some(_)) if raw => {
                db.raw.push((id.clone(), judged.clone()));
                self.count("event stored raw");
            }
            (Effect::TakeIn, Body::Change(change), Some(who)) => {
                judged.asked = self.take_in(id, who, event, change, late, serving);
            }
            _ => {}
        }
        self.count(match late {
            Lateness::OnTime => "event: on time",
            Lateness::Customer => "event: late customer",
            Lateness::Slice => "event: late slice",
        });
        judged
    }

    pub(super) fn take_in(
        &mut self,
        id: &StreamId,
        who: Who,
        event: &Event,
        change: &Change,
        late: Lateness,
        serving: Generation,
    ) -> Option<Generation> {
        let guards = self.guards;
        let db = &mut self.archive.db;
        let late = late.is_late().then_some(serving);
        let mut asked = None;
        if let Change::Operation(operation, theirs) = change {
            let known = db.data[who].operations.contains_key(operation);
            let written = (id, event.generation);
            asked = on_arrival(known, theirs.at.state, written, &db.loads[who]);
        }
        let before = Checker::state_in_archive(&db.data[who], change);
        db.data[who].absorb(change, late, guards);
        if let (Change::Operation(operation, _), Some(generation)) = (change, asked) {
            let version = db.data[who].operations.get_mut(operation);
            if let Some(version) = version {
                version.at.marks.asked = version.at.marks.asked.because_of(generation);
            }
        }
        let late = late.is_some();
        self.checker.archived(who, &self.archive.db.data[who], change, before, late);
        if asked.is_some() {
            self.count("operation asked at the archive");
        }
        asked
    }
}

fn told(body: &Body) -> Told<'_> {
    match body {
        Body::Change(_) => Told::Change,
        Body::HandOver(handed) => Told::HandOver(handed),
        Body::Seal => Told::Seal,
        Body::Unseal => Told::Unseal,
    }
}
