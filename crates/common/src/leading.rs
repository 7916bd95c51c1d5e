//! Which router leads (protocol §3): one row at the archive, changed by compare-and-set only. What
//! a router writes outside itself carries the generation that it knows; an older one is refused by
//! whoever has seen a newer one. Pure: the services load, decide and persist.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{BlockName, Generation};

/// How far an archive that has recovered raises the generation: it may have forgotten a promotion.
const RECOVERY_RAISES: u64 = 1_000;

/// The router's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouterRow {
    /// Grows with every change of the row.
    pub generation: Generation,
    /// The router that leads: it takes new customers, and conducts.
    pub leader: BlockName,
    /// Why, in a person's words.
    pub reason: String,
    /// Who decided it.
    pub decided_by: String,
}

/// What a router may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Everything.
    Leads,
    /// It is the backup of the router that leads: it routes, goes on with moves that were left, and
    /// takes orders for others. It takes no new customers: its database follows the leader's.
    StandsBy,
    /// Another leads in its place: it routes, and shows what is.
    Superseded,
}

/// Where the router `own` stands by a row. The backup stands by for whoever leads instead of it; a
/// router whose backup was promoted is superseded until it is promoted again.
pub fn standing(row: &RouterRow, own: &BlockName, is_backup: bool) -> Standing {
    match (row.leader == *own, is_backup) {
        (true, _) => Standing::Leads,
        (false, true) => Standing::StandsBy,
        (false, false) => Standing::Superseded,
    }
}

/// May a router that says `carried` still be obeyed, where `stands` is the newest that was seen?
pub fn is_obeyed(stands: Generation, carried: Option<Generation>) -> bool {
    carried.is_some_and(|carried| carried >= stands)
}

/// Why a router is not promoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotPromoted {
    /// The row has changed since it was looked at.
    Changed,
    /// It leads already.
    Leads,
}

/// Makes `leader` the router that leads, if the row is still of the generation it was decided on.
pub fn promote(
    row: &RouterRow,
    expected: Generation,
    leader: &BlockName,
    (reason, decided_by): (&str, &str),
) -> Result<RouterRow, NotPromoted> {
    if row.generation != expected {
        return Err(NotPromoted::Changed);
    }
    if row.leader == *leader {
        return Err(NotPromoted::Leads);
    }
    Ok(RouterRow {
        generation: Generation(row.generation.0 + 1),
        leader: leader.clone(),
        reason: reason.to_owned(),
        decided_by: decided_by.to_owned(),
    })
}

/// The row after a recovery of the archive (§4): above everything that was ever seen of it.
pub fn recovered(row: &RouterRow) -> RouterRow {
    RouterRow {
        generation: Generation(row.generation.0 + RECOVERY_RAISES),
        reason: "the archive has recovered".to_owned(),
        decided_by: "archive".to_owned(),
        ..row.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> BlockName {
        text.parse().unwrap()
    }

    fn row(generation: u64, leader: &str) -> RouterRow {
        RouterRow {
            generation: Generation(generation),
            leader: name(leader),
            reason: "test".to_owned(),
            decided_by: "anna".to_owned(),
        }
    }

    #[test]
    fn a_router_leads_stands_by_or_is_superseded() {
        let cases = [
            ("router", "router", false, Standing::Leads),
            ("router", "router-backup", true, Standing::StandsBy),
            ("router-backup", "router-backup", true, Standing::Leads),
            ("router-backup", "router", false, Standing::Superseded),
        ];
        for (leader, own, is_backup, expected) in cases {
            assert_eq!(standing(&row(3, leader), &name(own), is_backup), expected, "{own}");
        }
    }

    #[test]
    fn an_older_generation_is_not_obeyed() {
        let cases = [(2, Some(2), true), (2, Some(3), true), (2, Some(1), false), (2, None, false)];
        for (stands, carried, expected) in cases {
            assert_eq!(is_obeyed(Generation(stands), carried.map(Generation)), expected);
        }
    }

    #[test]
    fn promoting_is_a_compare_and_set() {
        let now = row(4, "router");
        let to = |expected, leader| {
            promote(&now, Generation(expected), &name(leader), ("it burned", "boris"))
        };
        let next = to(4, "router-backup").unwrap();
        assert_eq!((next.generation, next.leader.as_str()), (Generation(5), "router-backup"));
        assert_eq!((next.reason.as_str(), next.decided_by.as_str()), ("it burned", "boris"));
        assert_eq!(to(3, "router-backup"), Err(NotPromoted::Changed));
        assert_eq!(to(5, "router-backup"), Err(NotPromoted::Changed));
        assert_eq!(to(4, "router"), Err(NotPromoted::Leads));
    }

    #[test]
    fn a_recovery_is_above_a_promotion_that_it_forgot() {
        let forgotten = row(9, "router-backup");
        let now = recovered(&row(8, "router"));
        assert!(now.generation > forgotten.generation && now.leader == name("router"));
    }
}
