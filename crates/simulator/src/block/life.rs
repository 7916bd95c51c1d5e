//! A block's own life: its start, its copy of the register, its lives, its seals.

use std::rc::Rc;

use common::block::access::adopt_behind_gate;
use common::block::giving_up::{Loose, Unseal, may_seal, unseal};
use common::block::start::{Found, Phase, phase};
use common::guards::Guard;
use common::incarnation::Identity;
use common::placement::moves::{Proposal, Step};
use common::placement::{Adoption, Placement, PlacementState, adopt};
use common::{BlockName, Generation, Incarnation};

use super::Sealed;
use crate::message::{Body, Message, NodeId, Slice};
use crate::world::{ARCHIVE, CUSTOMERS, FIRST_BLOCK, SLICE_OF, SLICES, World, tell};

const REGISTER_MS: u64 = 1_000;
const PROPOSE_MS: u64 = 1_000;
/// How long a start waits for the archive before it goes on alone.
const PATIENCE_MS: i64 = 5_000;

impl World {
    /// Finds out how far the start has come.
    pub(super) fn note_phase(&mut self, node: NodeId) {
        let now = self.now;
        let me = self.names[self.block(node).name].clone();
        let exported = self.tail_exported(node);
        let guards = self.guards;
        let block = self.block(node);
        let life = block.db.life;
        let mine = |row: &&Placement| row.owner == me;
        let claimed = block.db.rows.iter().filter(mine).all(|row| row.owned_by(&me, &life, guards));
        let process = &block.process;
        let found = Found {
            identity: block.db.identity,
            register: process.register_read,
            claimed,
            exported,
            followed: process.followed,
            archive_silent_ms: i64::try_from(now - process.archive_heard).unwrap_or(0),
            patience_ms: PATIENCE_MS,
        };
        let before = process.phase;
        let now_in = match (before, phase(&found)) {
            // Once serving, always serving: a running block goes on without the archive.
            (Phase::Serving, _) => Phase::Serving,
            (Phase::CatchingUp, Phase::Quarantined) if claimed => Phase::CatchingUp,
            (_, found) => found,
        };
        if now_in != before {
            self.block(node).process.phase = now_in;
            self.count(match now_in {
                Phase::Quarantined => "phase: quarantined",
                Phase::CatchingUp => "phase: catching up",
                Phase::Alone => "phase: alone",
                Phase::Serving => "phase: serving",
            });
            tell!(self, "{}: {now_in:?}", self.name(node));
        }
    }

    pub(super) fn keep_register(&mut self, node: NodeId) {
        let now = self.now;
        let block = self.block(node);
        if now < block.process.last_register + REGISTER_MS && block.process.last_register != 0 {
            return;
        }
        block.process.last_register = now.max(1);
        let stream = self.blocks[node - FIRST_BLOCK].stream(&self.names);
        self.send(node, ARCHIVE, Message::ReadRegister(Some(stream)));
    }

    pub(super) fn register_arrived(
        &mut self,
        node: NodeId,
        life: Incarnation,
        rows: &Rc<Vec<Placement>>,
        outlived: bool,
        recovering: bool,
    ) {
        if recovering {
            let copy = Rc::new(self.block(node).db.rows.clone());
            let resent = self.tail_exported(node);
            let witness = Message::Witness { life, resent, copy, fences: Vec::new() };
            return self.send(node, ARCHIVE, witness);
        }
        if outlived {
            self.outlive(node);
        }
        for row in rows.iter() {
            self.adopt(node, row);
        }
        self.block(node).process.register_read = true;
    }

    fn outlive(&mut self, node: NodeId) {
        if !self.block(node).db.outlived {
            self.block(node).db.outlived = true;
            self.end_transactions(node, |_| true);
            self.count("closed for good");
            tell!(self, "{}: closed for good", self.name(node));
        }
    }

    /// Takes a row into the copy of the register.
    pub(super) fn adopt(&mut self, node: NodeId, row: &Placement) {
        let guards = self.guards;
        let slice = usize::from(row.slice.number());
        let slice = slice_of_row(row).unwrap_or(slice);
        let me = self.names[self.block(node).name].clone();
        let copy = &self.block(node).db.rows[slice];
        if adopt(Some(copy), row) == Adoption::Known {
            return;
        }
        if adopt_behind_gate(Some(copy), row, guards) {
            self.end_transactions(node, |t| SLICE_OF[t.customer] == slice);
        }
        let life = self.block(node).db.life;
        let named = |who: &BlockName, named: Option<Incarnation>| {
            *who == me && named.is_some_and(|named| named.is_later_than(&life))
        };
        let target = row.target.clone().unwrap_or_else(|| row.home.clone());
        if guards.has(Guard::RowNamesIncarnation)
            && (named(&row.owner, row.owner_incarnation) || named(&target, row.target_incarnation))
        {
            self.outlive(node);
        }
        let db = &mut self.block(node).db;
        let generation_changed = db.rows[slice].generation != row.generation;
        db.rows[slice] = row.clone();
        // A row of the named revision or a higher one says anew who serves.
        db.named_late.retain(|(late, _), revision| *late != slice || *revision > row.revision);
        if let Some(sealed) = db.sealed.get(&slice)
            && sealed.generation < row.generation
            && row.target_generation != Some(sealed.generation)
        {
            db.sealed.remove(&slice);
        }
        if unsealed(db.sealed.get(&slice), row) {
            db.sealed.remove(&slice);
            self.count("unsealed");
        }
        if generation_changed {
            self.block(node).process.loading.retain(|who, _| SLICE_OF[*who] != slice);
        }
        self.count("row adopted");
    }

    /// Claims what a new life owns, settles what has been joined, and keeps an eye on seals.
    pub(super) fn keep_lives(&mut self, node: NodeId) {
        if self.block(node).db.outlived {
            return;
        }
        for slice in 0..SLICES.len() {
            self.keep_claim(node, slice);
            self.keep_settling(node, slice);
            self.keep_seal(node, slice);
        }
    }

    fn keep_claim(&mut self, node: NodeId, slice: Slice) {
        let me = self.names[self.block(node).name].clone();
        let block = self.block(node);
        let life = block.db.life;
        let row = &block.db.rows[slice];
        let older = |named: Option<Incarnation>| named.is_none_or(|n| life.is_later_than(&n));
        let owner = row.owner == me && older(row.owner_incarnation);
        let target = row.target.as_ref() == Some(&me) && older(row.target_incarnation);
        if block.db.identity == Identity::New && block.process.register_read && (owner || target) {
            self.propose(node, slice, Step::Claim, "a new life of the database");
        }
    }

    /// The home says so once it has joined everybody of the slice.
    fn keep_settling(&mut self, node: NodeId, slice: Slice) {
        let me = self.names[self.block(node).name].clone();
        let block = self.block(node);
        let row = &block.db.rows[slice];
        let returning = row.state == PlacementState::Returning && row.owner == me;
        let since = row.owner_since;
        let joined = (0..CUSTOMERS)
            .filter(|who| SLICE_OF[*who] == slice)
            .all(|who| block.db.customers[who].loaded >= Some(since));
        if returning && joined && block.process.phase == Phase::Serving && block.process.followed {
            self.propose(node, slice, Step::Settle, "everything is joined");
        }
    }

    fn propose(&mut self, node: NodeId, slice: Slice, step: Step, reason: &str) {
        let now = self.now;
        let last = self.block(node).process.last_proposal.get(&slice).copied().unwrap_or(0);
        if now < last + PROPOSE_MS && last != 0 {
            return;
        }
        let me = self.names[self.block(node).name].clone();
        let block = self.block(node);
        block.process.last_proposal.insert(slice, now.max(1));
        let proposal = Proposal {
            expected: block.db.rows[slice].revision,
            step,
            from: Some((me.clone(), block.db.life)),
            reason: reason.to_owned(),
            decided_by: me.as_str().to_owned(),
        };
        self.send(node, ARCHIVE, Message::Propose(slice, Box::new(proposal)));
    }

    /// A router wants the slice sealed under this generation.
    pub(super) fn close(&mut self, node: NodeId, slice: Slice, generation: Generation) {
        let guards = self.guards;
        let block = &self.blocks[node - FIRST_BLOCK];
        let db = &block.db;
        let loosening = (0..CUSTOMERS)
            .filter(|who| SLICE_OF[*who] == slice)
            .any(|who| !db.customers[who].intents.is_empty());
        let loose = Loose { oldest_unsent_ms: None, loosening };
        let me = (&self.names[block.name], &db.life);
        let serving =
            block.process.phase == Phase::Serving || block.process.phase == Phase::CatchingUp;
        let may = may_seal(Some(&db.rows[slice]), me, generation, loose, guards);
        if !may || !serving || db.outlived || db.sealed.contains_key(&slice) {
            return;
        }
        if guards.has(Guard::SealBehindGate) {
            self.end_transactions(node, |t| SLICE_OF[t.customer] == slice);
        }
        let at = self.now;
        let revision = self.block(node).db.rows[slice].revision;
        let sealed = Sealed { generation, at, revision, unsealing: false };
        self.block(node).db.sealed.insert(slice, sealed);
        self.emit(node, slice, None, generation, Body::Seal);
        self.count("sealed");
        tell!(self, "{}: seals slice {slice} under {generation}", self.name(node));
    }

    /// Takes a SEAL back after which nothing happened.
    fn keep_seal(&mut self, node: NodeId, slice: Slice) {
        let now = self.now;
        let block = self.block(node);
        let Some(sealed) = block.db.sealed.get(&slice).copied() else { return };
        if sealed.unsealing {
            return;
        }
        let age = |at: u64| i64::try_from(now - at).unwrap_or(0);
        let decided = unseal(age(sealed.at), age(block.process.archive_heard));
        if decided == Unseal::Wait {
            return;
        }
        self.emit(node, slice, None, sealed.generation, Body::Unseal);
        let block = self.block(node);
        if decided == Unseal::WriteAndServe {
            block.db.sealed.remove(&slice);
        } else if let Some(sealed) = block.db.sealed.get_mut(&slice) {
            sealed.unsealing = true;
        }
        self.count("unseal written");
        tell!(self, "{}: unseals slice {slice}", self.name(node));
    }
}

/// UNSEAL has raised the revision, and the row still names us under the generation we sealed.
fn unsealed(sealed: Option<&Sealed>, row: &Placement) -> bool {
    sealed.is_some_and(|sealed| {
        let ours =
            row.generation == sealed.generation || row.target_generation == Some(sealed.generation);
        sealed.unsealing && ours && row.revision > sealed.revision
    })
}

fn slice_of_row(row: &Placement) -> Option<Slice> {
    let number = usize::from(row.slice.number());
    (number < SLICES.len()).then_some(number)
}
