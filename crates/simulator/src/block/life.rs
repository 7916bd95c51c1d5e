//! A block's own life: its start, its copy of the register, its lives, its seals.

use std::rc::Rc;

use common::block::giving_up::{self, Loose, Unseal, may_seal, seal_ends_transactions, unseal};
use common::block::named_late::opens;
use common::block::row::{SealThen, adopting};
use common::block::start::{self, Found, Phase, advance, claimed, claims, settles};
use common::placement::Placement;
use common::placement::moves::{Proposal, Step};
use common::{Generation, Incarnation};

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
        let claimed = claimed(&block.db.rows, (&me, &life), guards);
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
        let now_in = advance(before, &found);
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
        let db = &self.block(node).db;
        let sealed = db.sealed.get(&slice).map(|sealed| sealed.seal);
        let own = (&me, &db.life);
        let Some(adopted) = adopting(own, Some(&db.rows[slice]), row, sealed, guards) else {
            return;
        };
        if adopted.ends_transactions {
            self.end_transactions(node, |t| SLICE_OF[t.customer] == slice);
        }
        if adopted.outlived {
            self.outlive(node);
        }
        let db = &mut self.block(node).db;
        db.rows[slice] = row.clone();
        // A row of the named revision or a higher one says anew who serves.
        db.named_late.retain(|(late, _), named| *late != slice || !opens(*named, row));
        if adopted.seal != SealThen::Stands {
            db.sealed.remove(&slice);
        }
        if adopted.seal == SealThen::Unsealed {
            self.count("unsealed");
        }
        if adopted.drops_loads {
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
        let own = (&me, &block.db.life);
        let (row, read) = (&block.db.rows[slice], block.process.register_read);
        if claims(row, own, block.db.identity, read) {
            self.propose(node, slice, Step::Claim, "a new life of the database");
        }
    }

    /// The home says so once it has joined everybody of the slice.
    fn keep_settling(&mut self, node: NodeId, slice: Slice) {
        let me = self.names[self.block(node).name].clone();
        let block = self.block(node);
        let row = &block.db.rows[slice];
        let here = (0..CUSTOMERS).filter(|who| SLICE_OF[*who] == slice);
        let loaded = here.map(|who| block.db.customers[who].loaded);
        if settles(row, &me, block.process.phase, block.process.followed, loaded) {
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
        let gone = db.outlived || db.sealed.contains_key(&slice);
        let loose = Loose { oldest_unsent_ms: None, loosening, gone };
        let me = (&self.names[block.name], &db.life);
        let may = may_seal(Some(&db.rows[slice]), me, generation, loose, guards);
        if !may || !start::may_seal(block.process.phase) {
            return;
        }
        if seal_ends_transactions(guards) {
            self.end_transactions(node, |t| SLICE_OF[t.customer] == slice);
        }
        let at = self.now;
        let revision = self.block(node).db.rows[slice].revision;
        let seal = giving_up::Sealed { generation, revision, unsealing: false };
        let sealed = Sealed { seal, at };
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
        if sealed.seal.unsealing {
            return;
        }
        let age = |at: u64| i64::try_from(now - at).unwrap_or(0);
        let decided = unseal(age(sealed.at), age(block.process.archive_heard));
        if decided == Unseal::Wait {
            return;
        }
        self.emit(node, slice, None, sealed.seal.generation, Body::Unseal);
        let block = self.block(node);
        if decided == Unseal::WriteAndServe {
            block.db.sealed.remove(&slice);
        } else if let Some(sealed) = block.db.sealed.get_mut(&slice) {
            sealed.seal.unsealing = true;
        }
        self.count("unseal written");
        tell!(self, "{}: unseals slice {slice}", self.name(node));
    }
}

fn slice_of_row(row: &Placement) -> Option<Slice> {
    let number = usize::from(row.slice.number());
    (number < SLICES.len()).then_some(number)
}
