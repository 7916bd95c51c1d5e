//! One event at the archive: whether it is late, and what it does there beside being logged
//! (protocol §3, §4). Asked with the row held against moves; what is decided is written down in
//! that transaction.

use super::late::{HandedOver, Lateness, Writer, judge, judge_seal};
use super::seals::sealed;
use crate::guards::Guards;
use crate::ids::Generation;
use crate::incarnation::StreamId;
use crate::placement::Placement;
use crate::placement::moves::{Seal, unsealed};

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// Its writer has sealed the slice.
    Seal,
    /// Its writer takes its SEAL back.
    Unseal,
    /// Its writer has handed the customer over.
    HandOver(&'a HandedOver),
    /// Something of a customer has changed.
    Change,
}

/// An event, and what the archive knows of its writer and its customer.
#[derive(Clone, Copy, Debug)]
pub struct Arriving<'a> {
    /// Who wrote it.
    pub stream: &'a StreamId,
    /// Another life of him has been met.
    pub closed: bool,
    /// The generation it was written under.
    pub generation: Generation,
    /// What it tells.
    pub told: Told<'a>,
    /// Its writer's last SEAL of the slice.
    pub seal: Option<&'a Seal>,
    /// The customer's last hand-over.
    pub handed: Option<&'a HandedOver>,
}

/// What it does there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing but being logged: late, it permits nothing and hides nothing.
    Nothing,
    /// This is its writer's last SEAL of the slice.
    Seal(Seal),
    /// Its writer's last SEAL is voided, and the row is this.
    Void(Box<Placement>),
    /// This is the customer's last hand-over.
    HandOver(HandedOver),
    /// The customer's entities take it in, as late as it is.
    TakeIn,
}

/// The verdict over an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Is it late?
    pub late: Lateness,
    /// The generation of whoever serves the customer now.
    pub serving: Generation,
    /// What it does.
    pub effect: Effect,
}

/// Judges an event by the row of its slice. SEAL, UNSEAL and HANDOVER are never late against
/// themselves: they may come a second time, from a life of the archive that has lost the first.
pub fn judge_event(row: &Placement, event: &Arriving<'_>, guards: Guards) -> Judgement {
    let of_a_customer = event.told == Told::Change;
    let handed = event.handed.filter(|_| of_a_customer);
    let life = &event.stream.incarnation;
    let writer = Writer {
        block: &event.stream.block,
        incarnation: life,
        closed: event.closed,
        generation: event.generation,
        sealed: of_a_customer && sealed(event.seal, life, row),
    };
    let late = match event.told {
        Told::Seal | Told::Unseal => judge_seal(row, &writer, guards),
        Told::HandOver(_) | Told::Change => judge(row, &writer, handed, guards),
    };
    let away = handed.filter(|handed| handed.in_force(row));
    let serving = away.map_or(row.generation, |handed| handed.generation);
    Judgement { late, serving, effect: effect(row, event, late) }
}

fn effect(row: &Placement, event: &Arriving<'_>, late: Lateness) -> Effect {
    match event.told {
        Told::Change => Effect::TakeIn,
        _ if late.is_late() => Effect::Nothing,
        Told::Seal => Effect::Seal(Seal {
            block: event.stream.block.clone(),
            incarnation: event.stream.incarnation,
            generation: event.generation,
            voided: false,
        }),
        Told::Unseal => {
            let of_this = |seal: &&Seal| seal.generation == event.generation && !seal.voided;
            match event.seal.filter(of_this) {
                Some(_) => Effect::Void(Box::new(unsealed(row))),
                None => Effect::Nothing,
            }
        }
        Told::HandOver(handed) => Effect::HandOver(handed.clone()),
    }
}

#[cfg(test)]
#[path = "tests/judging.rs"]
mod tests;
