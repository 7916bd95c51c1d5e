//! The register: proposals, automation, and what a new life makes of it.

use std::rc::Rc;

use common::Generation;
use common::guards::Guard;
use common::incarnation::StreamId;
use common::placement::Placement;
use common::placement::moves::{AtArchive, Proposal, Refused, Step, propose};
use common::placement::recovery::recovered;

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

    pub(super) fn automation_may(&self, now: common::Timestamp, slice: Slice) -> bool {
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
        } else if resent {
            recovering.copies.insert(from, copy);
        }
    }

    /// Sets every row once all witnesses have been heard.
    pub(super) fn finish_recovery(&mut self) {
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
    pub(super) fn know_lives(&mut self, copies: &[&Placement]) {
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
