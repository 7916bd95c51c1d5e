//! The register: proposals, automation, and what a new life makes of it.

use std::rc::Rc;

use common::failover::take_move;
use common::incarnation::StreamId;
use common::placement::Placement;
use common::placement::moves::{AtArchive, Proposal, Refused, Step, propose};
use common::placement::recovery::{Heard, Recovered, complete, recover};
use common::{Generation, Timestamp};

use crate::message::{Message, NodeId, Slice, Who};
use crate::world::{ARCHIVE, CUSTOMERS, GATEWAY, ROUTERS, SLICE_OF, SLICES, World, tell};

impl World {
    pub(super) fn proposed(&mut self, from: NodeId, slice: Slice, proposal: &Proposal) {
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
        let taken = if automatic { self.automation_takes(now, slice) } else { db.automatic };
        let decided = if automatic && taken.is_none() {
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
                    self.archive.db.automatic = taken;
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

    /// The bank's one automatic move, taken for the block of this slice; nothing if it may not be.
    /// The archive's clock may jump, so what is kept is when it was, in the world's time.
    fn automation_takes(&self, now: Timestamp, slice: Slice) -> Option<(u64, Option<usize>)> {
        let last = self.archive.db.automatic;
        let ago = |at: u64| now.plus_ms(-i64::try_from(self.now - at).unwrap_or(0));
        let taken = last.map(|(at, of)| (ago(at), of));
        let next = take_move(taken, SLICES[slice], now, self.guards)?;
        if Some(next) == taken { last } else { Some((self.now, next.1)) }
    }

    pub(super) fn witness(
        &mut self,
        from: NodeId,
        resent: bool,
        copy: Rc<Vec<Placement>>,
        fences: Vec<Generation>,
    ) {
        let Some(recovering) = &mut self.archive.db.recovering else { return };
        if from == GATEWAY {
            recovering.fences = Some(fences);
        } else if Heard::copy(resent) == Heard::Yes {
            recovering.copies.insert(from, copy);
        }
    }

    /// Sets every row once all witnesses have been heard.
    pub(super) fn finish_recovery(&mut self) {
        let all = {
            let Some(recovering) = &self.archive.db.recovering else { return };
            let heard = |heard| if heard { Heard::Yes } else { Heard::No };
            let blocks = ROUTERS.iter().chain(&self.current);
            let copies = blocks.map(|node| heard(recovering.copies.contains_key(node)));
            complete(copies.chain([heard(recovering.fences.is_some())]))
        };
        let Some(recovering) = all.then(|| self.archive.db.recovering.take()).flatten() else {
            return;
        };
        let fences = recovering.fences.clone().unwrap_or_default();
        for slice in 0..SLICES.len() {
            let handed_in = recovering.copies.values().filter_map(|copy| copy.get(slice));
            let copies: Vec<&Placement> = handed_in.collect();
            let here = || (0..CUSTOMERS).filter(|who| SLICE_OF[*who] == slice);
            let fence = |who: Who| fences.get(who).copied().unwrap_or_default();
            let fence = here().map(fence).max().unwrap_or_default();
            let own = &self.archive.db.rows[slice];
            let Recovered { row, load, lives } = recover(own, &copies, fence, self.guards);
            tell!(self, "archive: recovered slice {slice} {}", row_words(&row));
            self.archive.db.rows[slice] = row;
            for (block, incarnation) in lives {
                self.meet(&StreamId { block, incarnation });
            }
            for who in here() {
                self.archive.db.loads[who].extend(load.clone());
            }
        }
        // It may have forgotten a move that automation took (I14).
        self.archive.db.automatic = Some((self.now, None));
        self.count("archive recovered");
        for (stream, batch, events) in recovering.unjudged {
            self.apply(&stream, batch, &events);
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
