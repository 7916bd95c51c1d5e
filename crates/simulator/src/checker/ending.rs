//! Once faults have stopped: everything ends, and everything that was written has arrived.

use std::collections::BTreeSet;

use common::block::access::Access;
use common::guards::Guards;
use common::notice::{Elsewhere, notice};
use common::placement::PlacementState;

use crate::archive::row_words;
use crate::gateway::{OPENING, short};
use crate::world::{BLOCKS, CUSTOMERS, FIRST_BLOCK, SLICE_OF, SLICES, World};

impl World {
    /// Looks at the world at the end of a run.
    pub(crate) fn check_ending(&mut self) {
        let found = self
            .unsettled_row()
            .or_else(|| self.unarrived_event())
            .or_else(|| self.torn_stream())
            .or_else(|| self.open_operation())
            .or_else(|| self.standing_notice())
            .or_else(|| self.lost_preference())
            .or_else(|| self.wrong_books())
            .or_else(|| self.waiting_client());
        if let Some((invariant, what)) = found {
            self.checker.violated(invariant, what);
        }
    }

    fn unsettled_row(&self) -> Option<(&'static str, String)> {
        let moving = |row: &&common::placement::Placement| {
            matches!(row.state, PlacementState::Draining | PlacementState::Returning)
        };
        if self.archive.db.recovering.is_some() {
            return Some(("liveness", "the archive still recovers".to_owned()));
        }
        let row = self.archive.db.rows.iter().find(moving)?;
        Some(("liveness", format!("a slice has not come to rest: {}", row_words(row))))
    }

    /// I6: every committed event has reached the archive, but for those of destroyed databases.
    fn unarrived_event(&self) -> Option<(&'static str, String)> {
        let checker = &self.checker;
        let kept: BTreeSet<u64> = self
            .blocks
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.nodes[FIRST_BLOCK + at].destroyed)
            .flat_map(|(_, block)| block.db.outbox.values().map(|row| row.event.unique))
            .collect();
        let missing = checker.committed.iter().find(|(unique, _)| {
            let arrived = self.archive.db.arrived.contains(unique);
            let excused = checker.lost.contains(unique) && !kept.contains(unique);
            !arrived && !excused
        })?;
        let name = self.name(*missing.1);
        Some(("I6", format!("event {} of {name} never reached the archive", missing.0)))
    }

    /// I13: what the archive has of a stream is what its block sent.
    fn torn_stream(&self) -> Option<(&'static str, String)> {
        for block in &self.blocks {
            let id = block.stream(&self.names);
            let Some(stream) = self.archive.db.streams.get(&id) else { continue };
            let sent = block.db.batches.iter().map(|shipped| shipped.key.hash);
            if !stream.hashes.iter().copied().zip(sent).all(|(there, here)| there == here) {
                return Some(("I13", format!("the stream of {} is not what it sent", id.block)));
            }
        }
        None
    }

    fn open_operation(&self) -> Option<(&'static str, String)> {
        for who in 0..CUSTOMERS {
            for (id, operation) in &self.archive.db.data[who].operations {
                let parked = operation.at.marks.conflict || self.checker.forged.contains(id);
                let ended = operation.at.state.is_final() || parked;
                if !ended {
                    let what = format!(
                        "{} of customer-{who} is still {} {:?}",
                        short(*id),
                        operation.at.state,
                        operation.at.marks
                    );
                    return Some(("liveness", what));
                }
                if !parked && self.gateway.ends.get(id) != Some(&operation.at.state) {
                    return Some(("I8", format!("{} ended here alone", short(*id))));
                }
            }
        }
        None
    }

    /// I12: the notice has ended, at whoever serves.
    fn standing_notice(&self) -> Option<(&'static str, String)> {
        for who in 0..CUSTOMERS {
            let row = &self.archive.db.rows[SLICE_OF[who]];
            let place = self.block_named(&row.owner);
            let node = self.current[place];
            let access = self.access_of(node, who, None);
            let customer = &self.blocks[node - FIRST_BLOCK].db.customers[who];
            let open = customer.data.operations.iter().filter(|(id, operation)| {
                let parked = operation.at.marks.conflict || self.checker.forged.contains(id);
                !operation.at.state.is_final() && !parked
            });
            let elsewhere = Elsewhere {
                generations_unjoined: u32::from(!matches!(access, Access::Serve(_))),
                operations_open: u32::try_from(open.count()).unwrap_or(u32::MAX),
                unfenced: !customer.fenced,
            };
            if let Some(notice) = notice(&elsewhere) {
                let what = format!(
                    "customer-{who} still sees a notice at {}: {notice:?}, {access:?}",
                    BLOCKS[place]
                );
                return Some(("I12", what));
            }
        }
        None
    }

    /// A preference that was written on top of another stands above it.
    fn lost_preference(&self) -> Option<(&'static str, String)> {
        for who in 0..CUSTOMERS {
            let row = &self.archive.db.rows[SLICE_OF[who]];
            let node = self.current[self.block_named(&row.owner)];
            let values = [
                self.archive.db.data[who].preference.value,
                self.blocks[node - FIRST_BLOCK].db.customers[who].data.preference.value,
            ];
            for value in values {
                let above = self
                    .checker
                    .preferences
                    .iter()
                    .find(|(_, (before, legitimate))| *legitimate && *before == value);
                if let Some((newer, _)) = above.filter(|_| value != 0 && !self.checker.rewound) {
                    let newer_known = self.archive_has_seen(*newer);
                    if newer_known {
                        let what = format!("preference {newer} was written over {value}, and lost");
                        return Some(("I6", what));
                    }
                }
            }
        }
        None
    }

    fn archive_has_seen(&self, value: u32) -> bool {
        self.archive.db.log.iter().flat_map(|entry| &entry.events).any(|judged| {
            matches!(
                &judged.event.body,
                crate::message::Body::Change(crate::data::Change::Preference(field))
                    if field.value == value && !judged.late.is_late()
            )
        })
    }

    /// I16: money is conserved, and every executed operation moved it once.
    fn wrong_books(&self) -> Option<(&'static str, String)> {
        let total: i64 = self.gateway.balances.iter().sum();
        let opening = OPENING * i64::try_from(CUSTOMERS).unwrap_or(0);
        (total != opening).then(|| ("I16", format!("{total} in the books instead of {opening}")))
    }

    fn waiting_client(&self) -> Option<(&'static str, String)> {
        let place = self.clients.iter().position(|client| !client.is_content())?;
        let what = format!("customer-{place} still waits to be told");
        let _ = (SLICES.len(), Guards::ALL);
        Some(("liveness", what))
    }
}
