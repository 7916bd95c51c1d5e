//! Copies of customers of another home, which a block that once served them still has (protocol
//! §7).

use crate::ids::BlockName;
use crate::placement::{Placement, PlacementState};

/// What a block knows before it removes such copies.
#[derive(Clone, Copy, Debug)]
pub struct Resting {
    /// How long its copy of the row has stood as it is, in milliseconds.
    pub for_ms: i64,
    /// The register was read at the archive since the start, and the archive has answered lately.
    pub register_read: bool,
    /// The age of the oldest event of this block that the archive has not acknowledged.
    pub oldest_unsent_ms: Option<i64>,
}

/// May the copies of the row's customers be removed here? Only where the slice rests at its home
/// for as long as copies are kept, the register says so now, and nothing that was written here
/// meanwhile waits for the archive.
pub fn removable(row: &Placement, me: &BlockName, resting: Resting, kept_ms: i64) -> bool {
    let elsewhere = row.owner != *me && row.home != *me && row.state == PlacementState::Active;
    let told = resting.oldest_unsent_ms.is_none_or(|age_ms| age_ms < kept_ms);
    elsewhere && resting.for_ms >= kept_ms && resting.register_read && told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::samples::name;
    use crate::placement::slice::SliceId;

    #[test]
    fn copies_go_when_the_slice_has_rested_at_its_home() {
        use PlacementState::{Active, Draining, Moved};
        let slice = SliceId::try_from(3).unwrap();
        let row = |owner, state| Placement {
            owner: name(owner),
            state,
            ..Placement::first(name("client-1"), slice, "test")
        };
        let home = row("client-1", Active);
        let good = Resting { for_ms: 7, register_read: true, oldest_unsent_ms: Some(1) };
        let quiet = Resting { oldest_unsent_ms: None, ..good };
        let cases = [
            ("at rest", &home, "backup-1", good, true),
            ("at rest, and nothing waits", &home, "backup-1", quiet, true),
            ("not for long enough", &home, "backup-1", Resting { for_ms: 6, ..good }, false),
            ("not read", &home, "backup-1", Resting { register_read: false, ..good }, false),
            ("untold", &home, "backup-1", Resting { oldest_unsent_ms: Some(7), ..good }, false),
            ("his own", &home, "client-1", good, false),
            ("still there", &row("backup-1", Moved), "backup-1", good, false),
            ("moved elsewhere", &row("backup-2", Moved), "backup-1", good, false),
            ("on its way", &row("client-1", Draining), "backup-1", good, false),
            ("a home's, away", &row("backup-1", Moved), "client-1", good, false),
        ];
        for (case, row, me, resting, expected) in cases {
            assert_eq!(removable(row, &name(me), resting, 7), expected, "{case}");
        }
    }
}
