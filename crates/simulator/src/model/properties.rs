//! What must never be, and what must have been possible for that to mean anything.

use common::operation::OperationState;
use common::placement::PlacementState;
use stateright::Property;

use super::MoveModel;
use super::state::{BACKUP, HOME, KEYS, Place, State};

/// All of them.
pub(super) fn all() -> Vec<Property<MoveModel>> {
    vec![
        Property::always("I1: an operation takes effect once", |_, state: &State| {
            state.gateway.effects.iter().all(|effects| *effects <= 1)
        }),
        Property::always("I17: nobody pays twice", |_, state: &State| {
            state.gateway.effects.iter().sum::<u8>() <= 1
        }),
        Property::always("I4: a generation is used by one block", |_, state: &State| {
            !state.broken.generation
        }),
        Property::always("I5: nothing takes effect below the fence", |_, state: &State| {
            !state.broken.fence
        }),
        Property::always("I8: states join upward", |_, state: &State| !state.broken.progress),
        Property::always("I8: the gateway ends operations", |_, state: &State| ends_agree(state)),
        Property::always("I17: complete views are complete", views_complete),
        Property::always("I17: nothing is left behind", nothing_left_behind),
        Property::sometimes("a planned move is finished", |_, state: &State| {
            let row = &state.archive.row.0;
            row.state == PlacementState::Moved && finished_from(state, HOME)
        }),
        Property::sometimes("a return is finished", |_, state: &State| {
            let row = &state.archive.row.0;
            row.state == PlacementState::Active && finished_from(state, BACKUP)
        }),
        Property::sometimes("an abort is finished", |model, state: &State| {
            state.left.aborts < model.left.aborts
        }),
        Property::sometimes("a forced move is finished", |model, state: &State| {
            state.left.forces < model.left.forces
        }),
        Property::sometimes("a customer is served after a hand-over", |model, state: &State| {
            let row = &state.archive.row.0;
            row.target_generation.is_some()
                && [HOME, BACKUP]
                    .iter()
                    .any(|place| model.serves(state, *place) == row.target_generation)
        }),
        Property::sometimes("an operation is asked about", |_, state: &State| {
            let asked = |operation: &common::join::operation::Version| {
                operation.marks.questioned() && !operation.state.is_final()
            };
            state.blocks.iter().any(|block| block.operations.iter().flatten().any(asked))
        }),
        Property::sometimes("an old generation is refused", |_, state: &State| {
            state.blocks.iter().any(|block| block.fence.is_some())
        }),
    ]
}

/// The row has the generation that was reserved for the drain which this block sealed.
fn finished_from(state: &State, place: Place) -> bool {
    let row = &state.archive.row.0;
    let seal = state.archive.seals[place].filter(|seal| !seal.voided);
    seal.is_some_and(|seal| seal.generation.0 + 1 == row.generation.0)
}

/// An end that a block or the archive holds is the gateway's.
fn ends_agree(state: &State) -> bool {
    let holders =
        state.blocks.iter().map(|block| &block.operations).chain([&state.archive.operations]);
    let mut pairs = holders.flat_map(|held| held.iter().zip(&state.gateway.records));
    pairs.all(|(held, record)| {
        let ended = held.filter(|held| held.state.is_final()).map(|held| held.state);
        ended.is_none() || ended == record.map(|record| record.state)
    })
}

/// Whoever serves shows every effect of an older generation than the one he loaded under: as done,
/// or as still open.
fn views_complete(model: &MoveModel, state: &State) -> bool {
    [HOME, BACKUP].into_iter().all(|place| {
        if model.serves(state, place).is_none() {
            return true;
        }
        let block = &state.blocks[place];
        (0..KEYS).all(|key| {
            let effect = state.gateway.records[key].filter(|record| {
                record.state == OperationState::Executed && Some(record.generation) < block.loaded
            });
            effect.is_none()
                || block.operations[key].is_some_and(|shown| {
                    shown.state == OperationState::Executed || !shown.state.is_final()
                })
        })
    })
}

/// After a SEAL or a hand-over nothing that the former owner holds open is missing at whoever
/// serves now.
fn nothing_left_behind(model: &MoveModel, state: &State) -> bool {
    [HOME, BACKUP].into_iter().all(|place| {
        let former = 1 - place;
        let Some(generation) = model.serves(state, place) else { return true };
        let row = &state.archive.row.0;
        let handed = row.target_generation == Some(generation);
        let sealed = state.taken == Some((former, generation));
        if state.blocks[former].alone || !(handed || sealed) {
            return true;
        }
        let held = state.blocks[former].operations.iter().zip(&state.blocks[place].operations);
        held.into_iter().all(|(left, here)| {
            let open =
                left.is_some_and(|left| !left.state.is_final() && left.generation < generation);
            !open || here.is_some()
        })
    })
}
