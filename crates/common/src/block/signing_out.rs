//! When "signed out" may be said without "here" (protocol §6).

use crate::ids::Generation;

/// Signed out everywhere? Only if the archive has it and has judged it on time (a
/// recovering one has judged nothing), it comes from whoever serves the customer,
/// and every gateway's fence stands at the generation of whoever says so: a higher one means that
/// somebody else serves him, who has not heard of it yet.
pub fn everywhere(archived: bool, fence: Option<Generation>, generation: Generation) -> bool {
    archived && fence == Some(generation)
}

#[cfg(test)]
#[path = "tests/signing_out.rs"]
mod tests;
