//! An event that the archive cannot interpret (protocol §4, §10: *one bad event*). It is never
//! refused: a stream that stopped there would keep back everything behind it. It is stored raw,
//! counted and acknowledged, judged like any other, and read by a later version.

use crate::guards::{Guard, Guards};

/// What the archive does with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// It takes it in.
    Interpret,
    /// It stores it as it came.
    StoreRaw,
}

/// Decides by the form of an event and the newest form that this version can read. Asked again for
/// everything raw when a newer version starts.
pub fn taking(form: u8, readable: u8) -> Taking {
    if form <= readable { Taking::Interpret } else { Taking::StoreRaw }
}

/// Does what the archive holds of a customer show all that was archived of him? While something of
/// his is raw, whoever loads him shows "as of", and calls no view complete.
pub fn shows_all(raw_of_his: usize, guards: Guards) -> bool {
    raw_of_his == 0 || !guards.has(Guard::RawShowsAsOf)
}

#[cfg(test)]
#[path = "tests/raw.rs"]
mod tests;
