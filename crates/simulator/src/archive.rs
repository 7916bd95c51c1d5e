//! The archive: streams, entities, log, register. It loads, asks `common` to decide, and writes
//! down, each request in one act.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use common::archive::asked::{Load, on_first_arrival};
use common::archive::late::{HandedOver, Lateness, Writer, judge, judge_seal};
use common::archive::loading::permitted;
use common::archive::loosening::{Verdict, decide};
use common::archive::stream::{Arrival, BatchKey, arrival};
use common::block::cursor::Cursor;
use common::guards::Guard;
use common::incarnation::{ChainHash, Head, StreamId};
use common::operation::OperationState;
use common::placement::Placement;
use common::placement::moves::{AtArchive, Proposal, Refused, Seal, Step, propose, unsealed};
use common::placement::recovery::recovered;
use common::{Generation, Incarnation};

use crate::block::Block;
use crate::data::{Change, Data};
use crate::message::{Body, Entry, Event, Judged, Loosening, Message, NodeId, Slice, Who};
use crate::world::{
    ARCHIVE, CUSTOMERS, FIRST_BLOCK, GATEWAY, ROUTERS, SLICE_OF, SLICES, World, tell,
};

/// A stream as the archive has it.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// Its last batch.
    pub head: Head,
    /// The hash of every batch, from the first.
    pub hashes: Vec<ChainHash>,
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
    /// The log.
    pub log: Vec<Rc<Entry>>,
    /// Every load of each customer.
    pub loads: Vec<Vec<Load>>,
    /// The last HANDOVER of each customer.
    pub handed: Vec<Option<HandedOver>>,
    /// Verdicts over loosenings.
    pub verdicts: BTreeMap<u64, Verdict>,
    /// Events by the checker's name: what has arrived.
    pub arrived: BTreeSet<u64>,
    /// When automation last took its move, and of which slice.
    pub automatic: Option<(u64, Option<Slice>)>,
}

/// The archive.
#[derive(Debug)]
pub(crate) struct Archive {
    /// What it holds; acknowledged only when its synchronous standby has it too.
    pub db: Db,
    /// A backup to restore from.
    pub backup: Option<Box<Db>>,
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
            loads: vec![Vec::new(); CUSTOMERS],
            handed: vec![None; CUSTOMERS],
            verdicts: BTreeMap::new(),
            arrived: BTreeSet::new(),
            automatic: None,
        };
        Self { db, backup: None }
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

    fn stream_of(&self, node: NodeId) -> Option<StreamId> {
        let block = self.blocks.get(node.checked_sub(FIRST_BLOCK)?)?;
        Some(StreamId { block: self.names[block.name].clone(), incarnation: block.db.life })
    }

    /// Has a later life of this block's database been met?
    fn closed(&self, stream: &StreamId) -> bool {
        let current = self.archive.db.current[self.block_named(&stream.block)];
        current != stream.incarnation && current.is_later_than(&stream.incarnation)
    }

    fn meet(&mut self, stream: &StreamId) {
        let block = self.block_named(&stream.block);
        if stream.incarnation.is_later_than(&self.archive.db.current[block]) {
            self.archive.db.current[block] = stream.incarnation;
            self.count("archive meets a new life");
        }
    }

    fn batch(&mut self, from: NodeId, id: &StreamId, key: BatchKey, events: &Rc<Vec<Event>>) {
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
                let judging = self.guards.has(Guard::JudgeAfterRecovery);
                if let Some(recovering) = self.archive.db.recovering.as_mut().filter(|_| judging) {
                    recovering.unjudged.push((id.clone(), key.batch, events.clone()));
                    for event in events.iter() {
                        self.archive.db.arrived.insert(event.unique);
                    }
                    self.acknowledge(from, key.batch, Vec::new());
                    return;
                }
                self.apply(id, key.batch, events);
                let late = self.late_of(id, key.batch);
                self.acknowledge(from, key.batch, late);
            }
        }
    }

    fn acknowledge(
        &mut self,
        to: NodeId,
        batch: u64,
        late: Vec<(Slice, Option<Who>, common::Revision)>,
    ) {
        let life = self.archive.db.life;
        self.send(ARCHIVE, to, Message::Acknowledge { life, batch, late });
    }

    fn late_of(&self, id: &StreamId, batch: u64) -> Vec<(Slice, Option<Who>, common::Revision)> {
        let entry = self.archive.db.log.iter().rev().find(|e| e.batch == batch && e.stream == *id);
        let Some(entry) = entry else { return Vec::new() };
        let named = |judged: &Judged| {
            let slice = judged.event.slice;
            let revision = self.archive.db.rows[slice].revision;
            match judged.late {
                Lateness::OnTime => None,
                Lateness::Customer => Some((slice, judged.event.customer, revision)),
                Lateness::Slice => Some((slice, None, revision)),
            }
        };
        entry.events.iter().filter_map(named).collect()
    }

    /// Judges, stores and logs the events of a batch.
    fn apply(&mut self, id: &StreamId, batch: u64, events: &[Event]) {
        let judged: Vec<Judged> = events.iter().map(|event| self.apply_event(id, event)).collect();
        let place = self.archive.db.log.len() as u64;
        let entry = Entry { stream: id.clone(), batch, place, events: judged };
        self.archive.db.log.push(Rc::new(entry));
    }

    fn apply_event(&mut self, id: &StreamId, event: &Event) -> Judged {
        let guards = self.guards;
        let block = self.block_named(&id.block);
        let closed = self.closed(id);
        let db = &mut self.archive.db;
        db.arrived.insert(event.unique);
        let row = &db.rows[event.slice];
        let seal = db.seals.get(&(event.slice, block));
        let own = matches!(event.body, Body::Seal | Body::Unseal | Body::HandOver(_));
        let sealed = !own
            && seal.is_some_and(|seal| {
                let by_owner = seal.generation == row.generation;
                let by_target = Some(seal.generation) == row.target_generation;
                !seal.voided && seal.incarnation == id.incarnation && (by_owner || by_target)
            });
        let generation = event.generation;
        let writer =
            Writer { block: &id.block, incarnation: &id.incarnation, closed, generation, sealed };
        let handed = event.customer.and_then(|who| db.handed[who].as_ref());
        let handed = if own { None } else { handed };
        let late = match event.body {
            Body::Seal | Body::Unseal => judge_seal(row, &writer, guards),
            _ => judge(row, &writer, handed, guards),
        };
        let away = handed.filter(|handed| handed.in_force(row));
        let serving = away.map_or(row.generation, |handed| handed.generation);
        let mut judged = Judged { event: event.clone(), late, serving, asked: None };
        match &event.body {
            Body::Seal => {
                let seal = Seal {
                    block: id.block.clone(),
                    incarnation: id.incarnation,
                    generation,
                    voided: late.is_late(),
                };
                db.seals.insert((event.slice, block), seal);
            }
            Body::Unseal => {
                if let Some(seal) = db.seals.get_mut(&(event.slice, block))
                    && seal.generation == generation
                    && !seal.voided
                    && !late.is_late()
                {
                    seal.voided = true;
                    db.rows[event.slice] = unsealed(&db.rows[event.slice]);
                }
            }
            Body::HandOver(handed) => {
                if let Some(who) = event.customer.filter(|_| !late.is_late()) {
                    db.handed[who] = Some(handed.clone());
                }
            }
            Body::Change(change) => {
                if let Some(who) = event.customer {
                    judged.asked = self.take_in(id, who, event, change, late, serving);
                }
            }
        }
        self.count(match late {
            Lateness::OnTime => "event: on time",
            Lateness::Customer => "event: late customer",
            Lateness::Slice => "event: late slice",
        });
        judged
    }

    fn take_in(
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
            let first = !db.data[who].operations.contains_key(operation);
            if first && !theirs.at.state.is_final() {
                asked = on_first_arrival(id, event.generation, &db.loads[who]);
            }
        }
        let before = self.checker.state_in_archive(&db.data[who], change);
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

    fn may_load(&mut self, from: NodeId, who: Who, generation: Generation, hinted: bool) -> bool {
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

    fn load(&mut self, from: NodeId, who: Who, generation: Generation, hinted: bool) {
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
        let life = db.life;
        self.count("load answered");
        let answer = Message::Loaded { life, customer: who, generation, data, elsewhere };
        self.send(ARCHIVE, from, answer);
    }

    fn changes(&mut self, from: NodeId, mut cursor: Cursor) {
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

    fn proposed(&mut self, from: NodeId, slice: Slice, proposal: &Proposal) {
        let asker = proposal.from.as_ref().map(|(block, incarnation)| StreamId {
            block: block.clone(),
            incarnation: *incarnation,
        });
        if let Some(asker) = &asker {
            self.meet(asker);
        }
        let asker_closed = asker.as_ref().is_some_and(|asker| self.closed(asker));
        let (now, guards, life) = (self.clock(ARCHIVE), self.guards, self.archive.db.life);
        let db = &self.archive.db;
        let row = &db.rows[slice];
        let owner = self.block_named(&row.owner);
        let target = row.target.as_ref().map(|name| self.block_named(name));
        let at = AtArchive {
            recovering: db.recovering.is_some(),
            owner_seal: db.seals.get(&(slice, owner)),
            target_seal: target.and_then(|target| db.seals.get(&(slice, target))),
            target_now: target.map(|target| db.current[target]),
            asker_closed,
        };
        let automatic = proposal.decided_by == "automation";
        let decided = if automatic && !self.automation_may(now, slice) {
            Err(Refused::State)
        } else {
            propose(row, &at, proposal, guards)
        };
        let refused = match decided {
            Ok(next) => {
                let before = (proposal.expected, &self.archive.db.rows[slice]);
                let data = &self.archive.db.data;
                self.checker.row_set(slice, before, &next, &proposal.step, owner, data);
                if automatic {
                    let taken = self.archive.db.automatic.unwrap_or((self.now, Some(slice)));
                    self.archive.db.automatic = Some(taken);
                    self.checker.moved_by_itself(self.now, SLICES[slice]);
                }
                tell!(self, "archive: slice {slice} {}", row_words(&next));
                self.archive.db.rows[slice] = next;
                self.count(step_name(&proposal.step));
                None
            }
            Err(refused) => {
                self.count(refusal_name(refused));
                Some(refused)
            }
        };
        let row = Box::new(self.archive.db.rows[slice].clone());
        self.send(ARCHIVE, from, Message::Proposed(life, slice, row, refused));
    }

    fn automation_may(&self, now: common::Timestamp, slice: Slice) -> bool {
        let last = self.archive.db.automatic;
        // The other slices of the block that is being moved belong to the same move.
        let same = |of: Option<Slice>| of.is_some_and(|of| SLICES[of] == SLICES[slice]);
        if last.is_some_and(|(at, of)| same(of) && self.now < at + 5_000) {
            return true;
        }
        let ago = |at: u64| now.plus_ms(-i64::try_from(self.now - at).unwrap_or(0));
        let last = last.map(|(at, _)| ago(at));
        common::failover::may_take_move(last, false, now, self.guards)
    }

    fn loosen(&mut self, from: NodeId, wish: &Loosening) {
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

    fn witness(
        &mut self,
        from: NodeId,
        resent: bool,
        copy: Rc<Vec<Placement>>,
        fences: Vec<Generation>,
    ) {
        let Some(recovering) = &mut self.archive.db.recovering else { return };
        if from == GATEWAY {
            recovering.fences = Some(fences);
        } else if resent {
            recovering.copies.insert(from, copy);
        }
    }

    /// Sets every row once all witnesses have been heard.
    fn finish_recovery(&mut self) {
        let all = {
            let Some(recovering) = &self.archive.db.recovering else { return };
            let mut witnesses = ROUTERS.iter().chain(&self.current);
            recovering.fences.is_some()
                && witnesses.all(|node| recovering.copies.contains_key(node))
        };
        let Some(recovering) = all.then(|| self.archive.db.recovering.take()).flatten() else {
            return;
        };
        let fences = recovering.fences.clone().unwrap_or_default();
        for slice in 0..SLICES.len() {
            let own = self.archive.db.rows[slice].clone();
            let handed_in = recovering.copies.values().filter_map(|copy| copy.get(slice));
            let copies: Vec<&Placement> = handed_in.chain([&own]).collect();
            let fence = |who: Who| fences.get(who).copied().unwrap_or_default();
            let here = (0..CUSTOMERS).filter(|who| SLICE_OF[*who] == slice);
            let fence = here.map(fence).max().unwrap_or_default();
            let highest = copies.iter().map(|copy| copy.highest_generation()).max();
            let highest = highest.unwrap_or_default().max(fence);
            if let Some(row) = recovered(&copies, fence, self.guards) {
                tell!(self, "archive: recovered slice {slice} {}", row_words(&row));
                self.archive.db.rows[slice] = row;
            }
            self.know_lives(&copies);
            if self.guards.has(Guard::RecoveryRaisesLoads) {
                for who in (0..CUSTOMERS).filter(|who| SLICE_OF[*who] == slice) {
                    self.archive.db.loads[who].push((None, highest));
                }
            }
        }
        // It may have forgotten a move that automation took (I14).
        self.archive.db.automatic = Some((self.now, None));
        self.count("archive recovered");
        for (stream, batch, events) in recovering.unjudged {
            self.apply(&stream, batch, &events);
        }
    }

    /// Lives named in the copies count as known.
    fn know_lives(&mut self, copies: &[&Placement]) {
        let mut named = Vec::new();
        for copy in copies {
            named.extend(copy.owner_incarnation.map(|life| (copy.owner.clone(), life)));
            let target = copy.target.clone().zip(copy.target_incarnation);
            named.extend(target);
        }
        for (block, incarnation) in named {
            self.meet(&StreamId { block, incarnation });
        }
    }
}

/// A row in a few words.
pub(crate) fn row_words(row: &Placement) -> String {
    let target = row.target.as_ref().map_or_else(String::new, |target| {
        format!(" to {target} under {}", row.target_generation.unwrap_or_default())
    });
    format!(
        "{} {} under {} (revision {}){target}: {}",
        row.owner,
        row.state.as_str(),
        row.generation,
        row.revision.0,
        row.reason
    )
}

fn step_name(step: &Step) -> &'static str {
    match step {
        Step::Drain { .. } => "move: drain",
        Step::Finish { .. } => "move: finish",
        Step::Force { .. } => "move: force",
        Step::Abort { .. } => "move: abort",
        Step::Settle => "move: settle",
        Step::Claim => "move: claim",
    }
}

fn refusal_name(refused: Refused) -> &'static str {
    match refused {
        Refused::Recovering => "refused: recovering",
        Refused::Passed => "refused: revision passed",
        Refused::State => "refused: state",
        Refused::TargetOwns => "refused: target owns",
        Refused::Asker => "refused: asker",
        Refused::NotSealed => "refused: not sealed",
        Refused::SealVoided => "refused: seal voided",
        Refused::SealOfAnother => "refused: seal of another generation",
        Refused::TargetChanged => "refused: target changed",
    }
}

/// Is this state final? For the checker's readers.
pub(crate) fn is_final(state: OperationState) -> bool {
    state.is_final()
}
