//! What is known of the slices, customers and entities of one batch, as its events are judged one
//! after the other: what an event does is known to the next. In memory; nothing is stored here.

use std::collections::{BTreeMap, BTreeSet};

use common::archive::asked::{Asked, Load, on_first_arrival};
use common::archive::entities::{Conflict, Stands, Version, stands};
use common::archive::judging::{Arriving, Effect, Judgement, Told, judge_event};
use common::archive::late::Lateness;
use common::fingerprint::sha256;
use common::incarnation::StreamId;
use common::join::operation::Marks;
use common::placement::moves::Seal;
use common::wire::archive as wire;
use common::{BlockName, CustomerId, Generation, Guards, SliceId};

use super::parse::{Arrived, Change, Tells};
use crate::store::customer::{Customer, Customers};
use crate::store::entity::{Held, Key};
use crate::store::placement::Rows;
use crate::store::seal::Seals;

/// A slice.
pub type Place = (BlockName, SliceId);

/// An entity on the desk.
#[derive(Debug)]
pub struct OnDesk {
    /// As it is now.
    pub held: Held,
    /// Its payload, if an event of the batch has set it.
    pub payload: Option<String>,
    /// Where its customer lives.
    pub place: Place,
}

/// A version that lost and should not have been.
#[derive(Debug)]
pub struct LostHere {
    /// Of which entity.
    pub key: Key,
    /// Why it is kept.
    pub why: Conflict,
    /// Key and payload; none: the version in the database loses.
    pub version: Option<(Vec<u8>, String)>,
}

/// The desk.
#[derive(Debug)]
pub struct Desk<'a> {
    /// Who wrote the batch.
    pub stream: &'a StreamId,
    /// A later life of his is known.
    pub closed: bool,
    /// Rows of the register.
    pub rows: Rows,
    /// SEALs.
    pub seals: Seals,
    /// Customers.
    pub customers: Customers,
    /// Loads by customer.
    pub loads: BTreeMap<CustomerId, Vec<Load>>,
    /// Loads of everybody in a slice.
    pub slice_loads: BTreeMap<Place, Vec<Load>>,
    /// Entities.
    pub entities: BTreeMap<Key, OnDesk>,
    /// What has changed.
    pub changed: Changed,
}

/// What a batch has changed.
#[derive(Debug, Default)]
pub struct Changed {
    /// Rows, by UNSEAL.
    pub rows: BTreeSet<Place>,
    /// The writer's SEALs.
    pub seals: BTreeSet<Place>,
    /// Customers who are new or were handed over.
    pub customers: BTreeSet<CustomerId>,
    /// Entities.
    pub entities: BTreeSet<Key>,
    /// Versions that lost.
    pub lost: Vec<LostHere>,
}

/// The verdict over an event.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// Is it late?
    pub late: Lateness,
    /// The generation of whoever serves the customer.
    pub serving: Generation,
    /// The operation is asked about because of a view under this one.
    pub asked: Option<Generation>,
}

impl Desk<'_> {
    /// Judges an event and does what it does.
    pub fn take(&mut self, event: &Arrived<'_>) -> Judged {
        let generation = event.generation.unwrap_or_default();
        let place = event.place.as_ref();
        let Some(row) = place.and_then(|place| self.rows.get(place)) else {
            return self.of_no_slice(event, generation);
        };
        let place = (row.home.clone(), row.slice);
        let seal_key = (place.0.clone(), place.1, self.stream.block.clone());
        let told = match &event.tells {
            Tells::Entity(_) | Tells::Raw => Told::Change,
            Tells::HandOver(handed) => Told::HandOver(handed),
            Tells::Seal => Told::Seal,
            Tells::Unseal => Told::Unseal,
            // A sign of life claims nothing.
            Tells::Heartbeat => {
                let serving = row.generation;
                return Judged { late: Lateness::OnTime, serving, asked: None };
            }
        };
        let known = event.customer.and_then(|customer| self.customers.get(&customer));
        let arriving = Arriving {
            stream: self.stream,
            closed: self.closed,
            generation,
            told,
            seal: self.seals.get(&seal_key),
            handed: known.and_then(|known| known.handed.as_ref()),
        };
        let Judgement { late, serving, effect } = judge_event(row, &arriving, Guards::ALL);
        let mut judged = Judged { late, serving, asked: None };
        match effect {
            Effect::Nothing => {}
            Effect::Seal(seal) => self.sealed(place, seal_key, seal),
            Effect::Void(row) => {
                if let Some(seal) = self.seals.get_mut(&seal_key) {
                    seal.voided = true;
                }
                self.changed.seals.insert(place.clone());
                self.changed.rows.insert(place.clone());
                self.rows.insert(place, *row);
            }
            Effect::HandOver(handed) => {
                if let Some(customer) = event.customer {
                    self.lives_in(customer, &place);
                    if let Some(known) = self.customers.get_mut(&customer) {
                        known.handed = Some(handed);
                    }
                    self.changed.customers.insert(customer);
                }
            }
            Effect::TakeIn => {
                if let Tells::Entity(change) = &event.tells {
                    judged.asked = self.take_in(change, generation, &place, judged);
                }
            }
        }
        judged
    }

    /// An event of a slice that the register does not have. A heartbeat is always in order: a
    /// backup is the home of nobody. Everything else was written by somebody who may not.
    fn of_no_slice(&mut self, event: &Arrived<'_>, serving: Generation) -> Judged {
        let heartbeat = matches!(event.tells, Tells::Heartbeat);
        let late = if heartbeat { Lateness::OnTime } else { Lateness::Slice };
        let mut judged = Judged { late, serving, asked: None };
        if let (Tells::Entity(change), Some(place)) = (&event.tells, event.place.clone()) {
            judged.asked = self.take_in(change, serving, &place, judged);
        }
        judged
    }

    fn sealed(&mut self, place: Place, key: (BlockName, SliceId, BlockName), seal: Seal) {
        self.changed.seals.insert(place);
        self.seals.insert(key, seal);
    }

    fn lives_in(&mut self, customer: CustomerId, place: &Place) {
        self.customers.entry(customer).or_insert_with(|| {
            self.changed.customers.insert(customer);
            Customer { place: place.clone(), handed: None }
        });
    }

    /// Joins a change with what is known. Says under which generation a view lacked it, if it is an
    /// open operation that arrives for the first time.
    pub fn take_in(
        &mut self,
        change: &Change,
        generation: Generation,
        place: &Place,
        judged: Judged,
    ) -> Option<Generation> {
        let entity = &change.entity;
        let customer = entity.customer_id;
        self.lives_in(customer, place);
        let key: Key = (customer, entity.kind.clone(), entity.entity_id.clone());
        let known = self.entities.remove(&key);
        let asked = if known.is_none() && !entity.final_ && entity.kind == "operation" {
            self.view_lacked(customer, place, generation)
        } else {
            None
        };
        let arrived = held_of(change, generation);
        let late = judged.late.is_late();
        let mut joined =
            self.join(&key, known, arrived, change, place, late.then_some(judged.serving));
        if let Some(generation) = asked {
            joined.held.marks.asked = joined.held.marks.asked.because_of(generation);
        }
        joined.held.late |= late;
        self.changed.entities.insert(key.clone());
        self.entities.insert(key, joined);
        asked
    }

    fn view_lacked(
        &self,
        customer: CustomerId,
        place: &Place,
        generation: Generation,
    ) -> Option<Generation> {
        let his = self.loads.get(&customer).into_iter().flatten();
        let everybodys = self.slice_loads.get(place).into_iter().flatten();
        let loads: Vec<Load> = his.chain(everybodys).cloned().collect();
        on_first_arrival(self.stream, generation, &loads)
    }

    fn join(
        &mut self,
        key: &Key,
        known: Option<OnDesk>,
        arrived: Held,
        change: &Change,
        place: &Place,
        late: Option<Generation>,
    ) -> OnDesk {
        let marks_before = known.as_ref().map(|known| known.held.marks).unwrap_or_default();
        let marks = late.map_or(arrived.marks, |serving| {
            arrived.marks.as_late(marks_before, arrived.final_, serving)
        });
        let mut marks = marks_before.join(marks);
        let Some(known) = known else {
            let held = Held { marks, ..arrived };
            return OnDesk { held, payload: Some(change.payload.clone()), place: place.clone() };
        };
        let (stands, conflict) = stands(Some(&version(&known.held)), &version(&arrived));
        marks.conflict |= conflict == Some(Conflict::TwoEnds);
        if let Some(why) = conflict {
            let version = match stands {
                Stands::Known => Some((arrived.order_key.clone(), change.payload.clone())),
                Stands::Arrived => {
                    known.payload.clone().map(|payload| (known.held.order_key.clone(), payload))
                }
            };
            self.changed.lost.push(LostHere { key: key.clone(), why, version });
        }
        let (writes, was_late) = (known.held.writes, known.held.late);
        match stands {
            Stands::Known => OnDesk { held: Held { marks, ..known.held }, ..known },
            Stands::Arrived => OnDesk {
                held: Held { marks, writes, late: was_late, ..arrived },
                payload: Some(change.payload.clone()),
                place: known.place,
            },
        }
    }
}

fn version(held: &Held) -> Version<'_> {
    Version {
        order_key: &held.order_key,
        final_: held.final_,
        end: held.ending.as_deref(),
        fingerprint: &held.fingerprint,
    }
}

fn held_of(change: &Change, generation: Generation) -> Held {
    let entity = &change.entity;
    Held {
        order_key: change.order_key.clone(),
        final_: entity.final_,
        open: entity.open,
        late: false,
        generation,
        marks: from_wire(entity.marks),
        ending: change.ending.clone(),
        fingerprint: sha256(change.payload.as_bytes()),
        writes: 0,
    }
}

fn from_wire(marks: wire::Marks) -> Marks {
    Marks {
        cancel_requested: marks.cancel_requested,
        asked: Asked { asked: marks.asked, answered: marks.answered },
        cancel_asked: Asked { asked: marks.cancel_asked, answered: marks.cancel_answered },
        unfenced: marks.unfenced,
        conflict: marks.conflict,
    }
}
