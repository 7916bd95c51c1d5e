//! Who may load whom, who may follow what, and which loosening stands.

use std::rc::Rc;

use common::Generation;
use common::archive::asked::Load;
use common::archive::late::Writer;
use common::archive::loading::permitted;
use common::archive::loosening::{Verdict, decide};
use common::block::cursor::Cursor;
use common::guards::Guard;

use crate::message::{Entry, Loosening, Message, NodeId, Slice, Who};
use crate::world::{ARCHIVE, SLICE_OF, SLICES, World};

impl World {
    pub(super) fn may_load(
        &mut self,
        from: NodeId,
        who: Who,
        generation: Generation,
        hinted: bool,
    ) -> bool {
        let Some(stream) = self.stream_of(from) else { return false };
        self.meet(&stream);
        let db = &self.archive.db;
        let row = &db.rows[SLICE_OF[who]];
        let handed = db.handed[who].as_ref();
        let block = (&stream.block, &stream.incarnation);
        db.recovering.is_none()
            && !self.closed(&stream)
            && permitted(row, block, generation, handed, hinted, self.guards)
    }

    pub(super) fn load(&mut self, from: NodeId, who: Who, generation: Generation, hinted: bool) {
        if !self.may_load(from, who, generation, hinted) {
            self.count("load refused");
            let life = self.archive.db.life;
            self.send(ARCHIVE, from, Message::Permitted(life, who, generation, false));
            return;
        }
        let Some(stream) = self.stream_of(from) else { return };
        let db = &mut self.archive.db;
        let other = |load: &&Load| load.0.as_ref() != Some(&stream);
        let elsewhere = db.loads[who].iter().filter(other).map(|load| load.1).max();
        let load = (Some(stream.clone()), generation);
        if !db.loads[who].contains(&load) {
            db.loads[who].push(load);
        }
        self.checker.loaded(who, generation);
        let data = Rc::new(db.data[who].clone());
        let (life, revision) = (db.life, db.rows[SLICE_OF[who]].revision);
        self.count("load answered");
        let answer = Message::Loaded { life, customer: who, generation, data, revision, elsewhere };
        self.send(ARCHIVE, from, answer);
    }

    pub(super) fn changes(&mut self, from: NodeId, mut cursor: Cursor) {
        if self.archive.db.recovering.is_some() {
            return;
        }
        // Only to whoever owns the slice by the archive's own row: a superseded block would adopt
        // what is not its any more.
        let Some(stream) = self.stream_of(from) else { return };
        let db = &self.archive.db;
        let mine = |slice: &Slice| {
            let row = &db.rows[*slice];
            let (block, life) = (&stream.block, &stream.incarnation);
            let guards = self.guards;
            row.owned_by(block, life, guards) || row.drains_to(block, life, guards)
        };
        let mine = (0..SLICES.len()).filter(mine);
        let slices = mine.map(|slice| (slice, db.rows[slice].revision)).collect();
        let same = cursor.archive == Some(db.life);
        cursor.for_archive(db.life, self.guards);
        // Within one life the place says it quicker, and the same.
        let by_place = same || !self.guards.has(Guard::CursorByPosition);
        let from_place = if by_place { usize::try_from(cursor.place).unwrap_or(0) } else { 0 };
        let new = |entry: &&Rc<Entry>| {
            by_place || cursor.is_new(&entry.stream, entry.batch, entry.place, self.guards)
        };
        let entries: Vec<Rc<Entry>> =
            db.log.iter().skip(from_place).filter(new).take(50).cloned().collect();
        let all = entries.len() < 50;
        let life = db.life;
        self.send(ARCHIVE, from, Message::Changed(life, entries, all, slices));
    }

    pub(super) fn loosen(&mut self, from: NodeId, wish: &Loosening) {
        let Some(stream) = self.stream_of(from) else { return };
        self.meet(&stream);
        if self.archive.db.recovering.is_some() {
            return;
        }
        let (who, slice) = (wish.customer, SLICE_OF[wish.customer]);
        let closed = self.closed(&stream);
        let block = self.block_named(&stream.block);
        let db = &mut self.archive.db;
        let seal = db.seals.get(&(slice, block));
        let sealed = seal.is_some_and(|seal| {
            !seal.voided
                && seal.incarnation == stream.incarnation
                && seal.generation == wish.generation
        });
        let writer = Writer {
            block: &stream.block,
            incarnation: &stream.incarnation,
            closed,
            generation: wish.generation,
            sealed,
        };
        let known = db.verdicts.get(&wish.id).copied();
        let handed = db.handed[who].as_ref();
        let verdict =
            known.unwrap_or_else(|| decide(&db.rows[slice], &writer, handed, self.guards));
        db.verdicts.insert(wish.id, verdict);
        let applied = verdict == Verdict::Applied;
        if applied && known.is_none() {
            db.data[who].absorb(&wish.change, None, self.guards);
            self.checker.loosened(&wish.change);
        }
        self.count(if applied { "loosening applied" } else { "loosening refused" });
        let life = self.archive.db.life;
        self.send(ARCHIVE, from, Message::Loosened(life, wish.id, applied));
    }
}
