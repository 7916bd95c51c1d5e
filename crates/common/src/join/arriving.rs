//! How a version of an operation is taken in that somebody else has written.

use super::operation::{Version, join, join_late};
use crate::ids::Generation;

/// Takes `theirs` in beside what is known. `late` carries the generation of whoever serves the
/// customer, where it was written late.
#[must_use]
pub fn arrive(mine: Option<&Version>, theirs: &Version, late: Option<Generation>) -> Version {
    match (mine, late) {
        (mine, Some(serving)) => join_late(mine, theirs, serving),
        (Some(mine), None) => join(mine, theirs),
        (None, None) => *theirs,
    }
}

/// The next version: moved on to `state` under `generation`. The writer puts the payload's
/// fingerprint in.
#[must_use]
pub fn next(of: &Version, state: crate::operation::OperationState, under: Generation) -> Version {
    let version = if under <= of.generation { of.version + 1 } else { 1 };
    Version { state, generation: under.max(of.generation), version, ..*of }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::operation::Marks;
    use crate::operation::OperationState::{self, Pending, Sent};

    fn version(state: OperationState, generation: u64, version: u64, cancel: bool) -> Version {
        let marks = Marks { cancel_requested: cancel, ..Marks::default() };
        Version { state, generation: Generation(generation), version, payload: [0; 32], marks }
    }

    #[test]
    fn what_arrives_is_joined_by_when_it_was_written() {
        let (mine, theirs) = (version(Pending, 5, 1, false), version(Sent, 4, 1, true));
        let late = Some(Generation(6));
        let cases = [
            ("unknown, on time", None, None, theirs),
            ("known, on time", Some(&mine), None, join(&mine, &theirs)),
            ("unknown, late", None, late, join_late(None, &theirs, Generation(6))),
            ("known, late", Some(&mine), late, join_late(Some(&mine), &theirs, Generation(6))),
        ];
        for (case, mine, late, expected) in cases {
            assert_eq!(arrive(mine, &theirs, late), expected, "{case}");
        }
    }

    #[test]
    fn the_next_version_is_above_the_last() {
        let last = version(Pending, 5, 7, true);
        let cases = [
            ("under the same generation", 5, version(Sent, 5, 8, true)),
            ("under an older one", 4, version(Sent, 5, 8, true)),
            ("under a newer one", 6, version(Sent, 6, 1, true)),
        ];
        for (case, under, expected) in cases {
            assert_eq!(next(&last, Sent, Generation(under)), expected, "{case}");
        }
    }
}
