//! Streams: which batch is applied, which event is late, what is asked about.

use std::rc::Rc;

use common::Generation;
use common::archive::asked::on_arrival;
use common::archive::judging::{Arriving, Effect, Judgement, Told, judge_event};
use common::archive::late::Lateness;
use common::archive::lives;
use common::archive::naming::{Named, named};
use common::archive::stream::{Arrival, BatchKey, Judging, arrival, judging};
use common::incarnation::{Head, StreamId};

use crate::checker::Checker;
use crate::data::Change;
use crate::message::{Body, Entry, Event, Judged, Late, Message, NodeId, Who};
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
        let empty = || Stream { head: Head::START, hashes: Vec::new() };
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
        let mut log = self.archive.db.log.iter().rev();
        let entry = log.find(|e| e.batch == batch && e.stream == *id)?;
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
        let place = self.archive.db.log.len() as u64;
        let entry = Entry { stream: id.clone(), batch, place, events: judged };
        self.archive.db.log.push(Rc::new(entry));
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
        let mut judged = Judged { event: event.clone(), late, serving, asked: None };
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
