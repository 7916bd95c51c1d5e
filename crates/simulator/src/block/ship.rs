//! The relay, and following the archive.

use std::rc::Rc;

use common::archive::stream::BatchKey;
use common::block::archive_life::{Heard, heard};
use common::block::following::{Follow, follow};
use common::block::joining::{Verdict, adopts, agree, join};
use common::block::named_late::closes;
use common::block::relay::{self, Acknowledged, Flight, Next};
use common::block::start::Phase;
use common::incarnation::Head;
use common::{Incarnation, Revision};

use super::Shipped;
use crate::data::Change;
use crate::message::{Body, Entry, Event, Judged, Message, NodeId, Slice, USUAL_FORM, Who};
use crate::world::{ARCHIVE, CUSTOMERS, FIRST_BLOCK, SLICE_OF, World, tell};

const RESEND_MS: u64 = 400;
const FOLLOW_MS: u64 = 500;
/// Rows in a batch, at most.
const BATCH: usize = 20;

impl World {
    /// Does a message of the archive count? What comes from others always does.
    pub(super) fn archive_counts(&mut self, node: NodeId, message: &Message) -> bool {
        let life = match message {
            Message::Acknowledge { life, .. } | Message::Register { life, .. } => life,
            Message::Gap(life, _)
            | Message::Fork(life)
            | Message::Permitted(life, ..)
            | Message::Changed(life, ..)
            | Message::TooOld(life, ..)
            | Message::Proposed(life, ..)
            | Message::Push(life, _)
            | Message::Loosened(life, ..) => life,
            Message::Loaded { life, .. } => life,
            _ => return true,
        };
        let known = self.block(node).db.archive_life;
        let now = self.now;
        let heard = heard(known.as_ref(), life, self.guards);
        match heard {
            Heard::Ignore => return false,
            Heard::Known => {}
            Heard::First | Heard::Anew => self.block(node).db.archive_life = Some(*life),
        }
        if heard == Heard::Anew {
            // What only the earlier life acknowledged is sent again: it says from where.
            let block = self.block(node);
            block.process.register_read = false;
            block.process.tail = block.db.next_row;
            block.process.followed = false;
            tell!(self, "{}: the archive has a new life", self.name(node));
        }
        if !matches!(message, Message::Push(..)) {
            self.block(node).process.archive_heard = now;
        }
        true
    }

    pub(super) fn relay(&mut self, node: NodeId) {
        let (now, guards) = (self.now, self.guards);
        let block = self.block(node);
        let flight = block
            .db
            .batches
            .get(block.db.acknowledged)
            .map(|shipped| Flight { head: shipped.key.head(), rows: shipped.rows.clone() });
        let waiting = block.db.outbox.values().filter(|row| row.batch.is_none()).count();
        match relay::next(flight.as_ref(), waiting, guards) {
            Next::Rest => return,
            Next::Again if now < block.process.last_batch + RESEND_MS => return,
            Next::Again => {}
            Next::Compose => self.compose(node),
        }
        self.block(node).process.last_batch = now;
        self.send_batch(node);
    }

    fn compose(&mut self, node: NodeId) {
        let db = &mut self.block(node).db;
        // Never entered with a batch in flight, except where batches are not kept.
        if db.batches.len() > db.acknowledged {
            let unsent = db.batches.split_off(db.acknowledged);
            for row in unsent.iter().flat_map(|shipped| &shipped.rows) {
                if let Some(row) = db.outbox.get_mut(row) {
                    row.batch = None;
                }
            }
        }
        let head = db.batches.last().map_or(Head::START, |shipped| shipped.key.head());
        let waiting = db.outbox.iter().filter(|(_, row)| row.batch.is_none());
        let rows: Vec<u64> = waiting.map(|(id, _)| *id).take(BATCH).collect();
        let key = BatchKey::following(head, &slices(&bytes(db, &rows)));
        for row in &rows {
            if let Some(row) = db.outbox.get_mut(row) {
                row.batch = Some(key.batch);
            }
        }
        db.batches.push(Shipped { key, rows });
        self.count("batch composed");
    }

    fn send_batch(&mut self, node: NodeId) {
        let guards = self.guards;
        let stream = self.blocks[node - FIRST_BLOCK].stream(&self.names);
        let db = &mut self.block(node).db;
        let Some(shipped) = db.batches.get(db.acknowledged).cloned() else { return };
        let found = shipped.rows.iter().filter_map(|row| db.outbox.get(row));
        let events: Vec<Event> = found.map(|row| (*row.event).clone()).collect();
        // What was sent may be removed once it is acknowledged; never before.
        for row in &shipped.rows {
            if relay::removable(false, 0, 0, guards) {
                db.outbox.remove(row);
            }
        }
        self.send(node, ARCHIVE, Message::Batch(stream, shipped.key, Rc::new(events)));
    }

    pub(super) fn acknowledged(
        &mut self,
        node: NodeId,
        life: Incarnation,
        batch: u64,
        late: Option<&[(Slice, Option<Who>, Revision)]>,
    ) {
        let block = self.block(node);
        match late {
            None => block.db.unjudged.insert(batch),
            Some(_) => block.db.unjudged.remove(&batch),
        };
        let flight = block
            .db
            .batches
            .get(block.db.acknowledged)
            .map(|shipped| Flight { head: shipped.key.head(), rows: shipped.rows.clone() });
        if let (Some(flight), Acknowledged::Advance) =
            (&flight, relay::acknowledged(flight.as_ref(), batch))
        {
            self.advance(node, life, flight);
        }
        for (slice, who, revision) in late.into_iter().flatten() {
            let named = &mut self.block(node).db.named_late;
            // Open again when the row, of this revision or a higher one, still names us.
            if closes(named.get(&(*slice, *who)).copied(), *revision) {
                named.insert((*slice, *who), *revision);
                self.block(node).process.last_register = 0;
                self.count("told that events were late");
            }
        }
    }

    fn advance(&mut self, node: NodeId, life: Incarnation, flight: &Flight) {
        let db = &mut self.block(node).db;
        db.acknowledged += 1;
        for row in &flight.rows {
            let Some(row) = db.outbox.get(row) else { continue };
            let Some(who) = row.event.customer else { continue };
            if let Body::Change(Change::Operation(id, _)) = &row.event.body {
                let known = db.archive_life.unwrap_or(life);
                db.customers[who].acknowledged.insert(*id, known);
            }
        }
        self.count("batch acknowledged");
        self.relay_on(node);
    }

    /// More may wait: the next batch goes at once.
    fn relay_on(&mut self, node: NodeId) {
        self.block(node).process.last_batch = 0;
        self.relay(node);
    }

    /// The archive's stream stands elsewhere than we think: send on from there.
    pub(super) fn rewind(&mut self, node: NodeId, head: Head) {
        let db = &mut self.block(node).db;
        let place = usize::try_from(head.batch).unwrap_or(0);
        let ours = place.checked_sub(1).and_then(|last| db.batches.get(last));
        let ours = ours.map(|shipped| shipped.key.hash);
        if relay::rewinds(head, db.acknowledged as u64, ours) {
            db.acknowledged = place;
            self.count("stream rewound");
            self.relay_on(node);
        }
    }

    pub(super) fn row_archived(&self, node: NodeId, row: u64) -> bool {
        let db = &self.blocks[node - FIRST_BLOCK].db;
        let batch = db.outbox.get(&row).and_then(|row| row.batch);
        relay::archived(batch, db.acknowledged as u64)
    }

    /// Does the archive have it, and has it said whether it came late?
    pub(super) fn row_judged(&self, node: NodeId, row: u64) -> bool {
        let db = &self.blocks[node - FIRST_BLOCK].db;
        let batch = db.outbox.get(&row).and_then(|row| row.batch);
        let unjudged = batch.is_some_and(|batch| db.unjudged.contains(&batch));
        relay::judged(batch, db.acknowledged as u64, unjudged)
    }

    pub(super) fn follow(&mut self, node: NodeId) {
        let now = self.now;
        let me = self.names[self.block(node).name].clone();
        let block = self.block(node);
        if now < block.process.last_changes + FOLLOW_MS || block.db.outlived {
            return;
        }
        let slices = block.slices(&me);
        if slices.is_empty() && block.process.followed {
            return;
        }
        block.process.last_changes = now;
        let cursor = Box::new(block.db.cursor.clone());
        self.send(node, ARCHIVE, Message::Changes(cursor));
    }

    pub(super) fn changed(
        &mut self,
        node: NodeId,
        life: Incarnation,
        entries: &[Rc<Entry>],
        all: bool,
        slices: &[(Slice, Revision)],
    ) {
        let guards = self.guards;
        let me = self.names[self.block(node).name].clone();
        if !self.agrees(node, slices) {
            // One of us has an older row: first the register, then what it makes ours.
            self.block(node).process.last_register = 0;
            return;
        }
        self.block(node).db.cursor.for_archive(life, guards);
        for entry in entries {
            if !self.block(node).db.cursor.is_new(&entry.stream, entry.batch, entry.place, guards) {
                continue;
            }
            if self.waits(node, entry) {
                // Whoever is being loaded is loaded first: the load tells his own from others'.
                return;
            }
            let cursor = &mut self.block(node).db.cursor;
            cursor.follow(&entry.stream, entry.batch, entry.place);
            let mine = entry.stream.block == me;
            let ours = entry
                .events
                .iter()
                .filter(|judged| slices.iter().any(|(slice, _)| *slice == judged.event.slice));
            for judged in ours {
                self.follow_event(node, mine, judged);
            }
        }
        let process = &mut self.block(node).process;
        process.followed |= all;
        if !all {
            process.last_changes = 0;
        }
    }

    /// The log begins behind what was followed: everybody is loaded anew.
    pub(super) fn too_old(
        &mut self,
        node: NodeId,
        life: Incarnation,
        begins: u64,
        slices: &[(Slice, Revision)],
    ) {
        if !self.agrees(node, slices) {
            self.block(node).process.last_register = 0;
            return;
        }
        let guards = self.guards;
        let block = self.block(node);
        block.db.cursor.for_archive(life, guards);
        block.db.cursor.skip_to(begins);
        let ours = |slice: Slice| slices.iter().any(|(ours, _)| *ours == slice);
        block.process.loading.retain(|who, _| !ours(SLICE_OF[*who]));
        for who in (0..CUSTOMERS).filter(|who| ours(SLICE_OF[*who])) {
            block.db.customers[who].loaded = None;
        }
        block.process.last_changes = 0;
        self.count("everybody is loaded anew");
        tell!(self, "{}: was away for longer than the log", self.name(node));
    }

    /// Does our copy of the register mean the same slices by the same rows?
    fn agrees(&self, node: NodeId, slices: &[(Slice, Revision)]) -> bool {
        let block = &self.blocks[node - FIRST_BLOCK];
        let ours = block.slices(&self.names[block.name]);
        let revision = |slice: Slice| (slice, block.db.rows[slice].revision);
        let ours: Vec<(Slice, Revision)> = ours.into_iter().map(revision).collect();
        agree(&ours, slices)
    }

    /// Is there a customer in it who may be served here again without a load, or after one that is
    /// still to come?
    fn waits(&self, node: NodeId, entry: &Entry) -> bool {
        let process = &self.blocks[node - FIRST_BLOCK].process;
        entry.events.iter().filter_map(|judged| judged.event.customer).any(|who| {
            let loading = process.loading.contains_key(&who);
            follow(&self.access_of(node, who, None), loading) == Follow::Wait
        })
    }

    /// The owner joins whatever reached the archive, late or not, and so adopts what is open.
    fn follow_event(&mut self, node: NodeId, mine: bool, judged: &Judged) {
        let guards = self.guards;
        let Some(who) = judged.event.customer.filter(|_| !judged.raw) else { return };
        let Body::Change(change) = &judged.event.body else { return };
        if follow(&self.access_of(node, who, None), false) != Follow::Join {
            return;
        }
        let Judged { late, serving, asked, .. } = *judged;
        let Some(join) = join(mine, &Verdict { late, serving, asked }, guards) else { return };
        let now = self.now;
        let customer = &mut self.block(node).db.customers[who];
        let known = match change {
            Change::Operation(id, _) => customer.data.operations.get(id).copied(),
            _ => None,
        };
        customer.data.absorb(change, join.late, guards);
        // What could not be read has been, and comes a second time.
        customer.unread &= judged.event.form == USUAL_FORM;
        if let Change::Operation(id, _) = change {
            if let Some(operation) = customer.data.operations.get_mut(id) {
                if let Some(generation) = join.asked {
                    let asked = operation.at.marks.asked.because_of(generation);
                    operation.at.marks.asked = asked;
                }
                if adopts(operation.at.state, guards) {
                    customer.tokens.entry(*id).or_insert((now, 0));
                }
            }
            if known.is_none() {
                self.count("operation adopted");
            }
        }
    }

    /// Has the start exported what was left from before it?
    pub(super) fn tail_exported(&self, node: NodeId) -> bool {
        let block = &self.blocks[node - FIRST_BLOCK];
        let tail = block.process.tail;
        let left = block.db.outbox.range(..tail);
        let acknowledged = block.db.acknowledged as u64;
        let mut left = left.filter(|(_, row)| !relay::archived(row.batch, acknowledged));
        left.next().is_none()
    }

    pub(super) fn serving_phase(&self, node: NodeId) -> Phase {
        self.blocks[node - FIRST_BLOCK].process.phase
    }
}

/// The events of rows as they travel. Their unique names stand for all they say.
fn bytes(db: &super::Db, rows: &[u64]) -> Vec<[u8; 8]> {
    let found = rows.iter().filter_map(|row| db.outbox.get(row));
    found.map(|row| row.event.unique.to_be_bytes()).collect()
}

fn slices(of: &[[u8; 8]]) -> Vec<&[u8]> {
    of.iter().map(<[u8; 8]>::as_slice).collect()
}
