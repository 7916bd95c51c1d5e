//! What a block makes of one event of the archive's log, of a customer whom it serves
//! (protocol §5, *Adoption*): the owner joins whatever reached the archive, late or not, and so
//! adopts what is open.

use crate::archive::late::Lateness;
use crate::guards::{Guard, Guards};
use crate::ids::{Generation, Revision};
use crate::operation::OperationState;

/// What the archive has written beside an event.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Was it late?
    pub late: Lateness,
    /// Who served the customer then, by his generation.
    pub serving: Generation,
    /// It is an operation that is asked about because of this generation.
    pub asked: Option<Generation>,
}

/// How it is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    /// As late, with the generation of whoever served the customer.
    pub late: Option<Generation>,
    /// It is asked about because of this generation.
    pub asked: Option<Generation>,
}

/// Joins it, or knows it already: what is our own and on time is here, or a promotion lost it and a
/// load brings it. `own`: this block wrote it, in whichever life.
pub fn join(own: bool, verdict: &Verdict, guards: Guards) -> Option<Join> {
    let late = verdict.late.is_late().then_some(verdict.serving);
    if own && late.is_none() && verdict.asked.is_none() {
        return None;
    }
    let skip = own && !guards.has(Guard::AskedJoinsWriter);
    Some(Join { late, asked: verdict.asked.filter(|_| !skip) })
}

/// Does an operation that was loaded or followed get a token, so that the worker drives it whether
/// its customer shows up or not?
pub fn adopts(state: OperationState, guards: Guards) -> bool {
    !state.is_final() && guards.has(Guard::AdoptAbsent)
}

/// Do the archive and our copy of the register mean the same slices by the same rows? Otherwise one
/// of us has an older row: first the register, then what it makes ours.
pub fn agree<S: PartialEq>(ours: &[(S, Revision)], told: &[(S, Revision)]) -> bool {
    ours.iter().all(|row| told.contains(row)) && told.iter().all(|row| ours.contains(row))
}

#[cfg(test)]
#[path = "tests/joining.rs"]
mod tests;
