//! Who may load whom, who may follow what, and which loosening stands.

use std::rc::Rc;

use common::Generation;
use common::archive::following::{may_follow, reading};
use common::archive::late::Writer;
use common::archive::loading::{Asker, may_load};
use common::archive::loads;
use common::archive::loosening::{Verdict, decide};
use common::archive::raw::shows_all;
use common::archive::retention::too_old;
use common::archive::seals::sealed_under;
use common::block::cursor::Cursor;

use crate::message::{Entry, Loosening, Message, NodeId, Who};
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
        let closed = self.closed(&stream);
        let asker = Asker { block: &stream.block, life: &stream.incarnation, closed };
        let recovering = db.recovering.is_some();
        may_load(recovering, row, asker, generation, handed, hinted, self.guards)
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
        let elsewhere = loads::newest_elsewhere(&db.loads[who], &stream);
        let load = (Some(stream), generation);
        if loads::is_new(&db.loads[who], &load) {
            db.loads[who].push(load);
        }
        self.checker.loaded(who, generation);
        let data = Rc::new(db.data[who].clone());
        let (life, revision) = (db.life, db.rows[SLICE_OF[who]].revision);
        let guards = self.guards;
        let raw = db.raw.iter().filter(|(_, raw)| raw.event.customer == Some(who)).count();
        self.count("load answered");
        let answer = Message::Loaded {
            life,
            customer: who,
            generation,
            data,
            revision,
            shows_all: shows_all(raw, guards),
            elsewhere,
        };
        self.send(ARCHIVE, from, answer);
    }

    pub(super) fn changes(&mut self, from: NodeId, cursor: Cursor) {
        if self.archive.db.recovering.is_some() {
            return;
        }
        let Some(stream) = self.stream_of(from) else { return };
        let (db, guards) = (&self.archive.db, self.guards);
        let block = (&stream.block, &stream.incarnation);
        let mine = (0..SLICES.len()).filter(|slice| may_follow(&db.rows[*slice], block, guards));
        let slices = mine.map(|slice| (slice, db.rows[slice].revision)).collect();
        let reading = reading(cursor, db.life, guards);
        if too_old(&reading, db.log_begins, guards) {
            let told = Message::TooOld(db.life, db.log_begins, slices);
            self.count("too old for the log");
            return self.send(ARCHIVE, from, told);
        }
        let skipped = reading.from.saturating_sub(db.log_begins);
        let behind = db.log.iter().skip(usize::try_from(skipped).unwrap_or(0));
        let new =
            |entry: &&Rc<Entry>| reading.gives(&entry.stream, entry.batch, entry.place, guards);
        let entries: Vec<Rc<Entry>> = behind.filter(new).take(50).cloned().collect();
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
        let sealed = sealed_under(seal, &stream.incarnation, wish.generation);
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
