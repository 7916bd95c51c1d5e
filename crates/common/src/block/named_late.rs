//! What an acknowledgement has named as late is closed at once, and open again when the row says
//! anew that it is ours (protocol §4).

use crate::ids::Revision;
use crate::placement::Placement;

/// Is it news that a slice or customer was named under this revision? Then it is closed below that,
/// and the register is read.
pub fn closes(known: Option<Revision>, named: Revision) -> bool {
    known.is_none_or(|known| named > known)
}

/// Does a row open again what was named? If it is of that revision or a higher one; whether it
/// still names this block and life is what [`super::access::access`] looks at.
pub fn opens(named: Revision, row: &Placement) -> bool {
    row.revision >= named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::samples::resting;

    #[test]
    fn closed_until_the_row_has_come() {
        let revision = Revision;
        let cases = [
            ("the first time", None, 1, true),
            ("again", Some(revision(9)), 9, false),
            ("an older one", Some(revision(9)), 8, false),
            ("a newer one", Some(revision(9)), 10, true),
        ];
        for (case, known, named, expected) in cases {
            assert_eq!(closes(known, revision(named)), expected, "{case}");
        }
        // The sample's revision is 9.
        for (named, expected) in [(8, true), (9, true), (10, false)] {
            assert_eq!(opens(revision(named), &resting()), expected, "{named}");
        }
    }
}
