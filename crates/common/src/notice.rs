//! The notice that a customer sees while something of his may be missing (I12).

/// What a block knows of a customer whose slice was served elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Foreign generations that are not joined up to their SEAL or cut.
    pub generations_unjoined: u32,
    /// Operations begun under one that are pending or sent.
    pub operations_open: u32,
    /// A gateway has not been fenced: what was done there may be missing.
    pub unfenced: bool,
}

/// What he is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Not everything that was done elsewhere is here yet.
    Joining,
    /// Everything is here; operations that began elsewhere are still being done.
    Finishing,
}

/// The notice, or none. It ends exactly when everything foreign is joined and has ended; what
/// arrives later opens a new one.
pub fn notice(elsewhere: &Elsewhere) -> Option<Notice> {
    if elsewhere.generations_unjoined > 0 || elsewhere.unfenced {
        Some(Notice::Joining)
    } else if elsewhere.operations_open > 0 {
        Some(Notice::Finishing)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "tests/notice.rs"]
mod tests;
