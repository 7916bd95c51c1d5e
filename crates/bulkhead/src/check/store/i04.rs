//! I4: generations grow, and each is used by one block and one life of its database; nobody's copy
//! says something that the register never said.

use std::collections::BTreeMap;

use common::placement::Placement;

use super::register::{Known, every_row, resident};
use super::{Evidence, Found};
use crate::check::Violation;

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let mut slices: BTreeMap<(String, i16), Vec<Known>> = BTreeMap::new();
    for known in every_row(evidence).await? {
        let key = (known.row.home.as_str().to_owned(), i16::from(known.row.slice.number()));
        slices.entry(key).or_default().push(known);
    }
    let mut found = Vec::new();
    for ((home, slice), mut rows) in slices {
        rows.sort_by_key(|known| known.row.revision);
        let wrong = rows.windows(2).find_map(|pair| disagree(&pair[0], &pair[1]));
        let wrong = wrong.or_else(|| shared(&rows));
        if let Some(what) = wrong {
            let who = resident(evidence, &home, slice).await?;
            found.push(Violation::new(who, format!("slice {slice} of {home}: {what}")));
        }
    }
    Ok(found)
}

/// Two rows in the order of their revisions.
fn disagree(older: &Known, newer: &Known) -> Option<String> {
    let (before, after) = (&older.row, &newer.row);
    let (place, other) = (&older.place, &newer.place);
    if before.revision == after.revision {
        let same = who(before) == who(after);
        let what =
            || format!("revision {} is one in {place}, another in {other}", after.revision.0);
        return (!same).then(what);
    }
    let fell = after.generation < before.generation;
    let text =
        || format!("generation {} follows {} ({other})", after.generation, before.generation);
    fell.then(text)
}

fn who(row: &Placement) -> (u64, &str, Option<(&str, Option<u64>)>) {
    let target = row.target.as_ref();
    let to = target.map(|target| (target.as_str(), row.target_generation.map(|g| g.0)));
    (row.generation.0, row.owner.as_str(), to)
}

/// A generation that two have used. A row that does not name a life yet goes with any.
fn shared(rows: &[Known]) -> Option<String> {
    let mut used: BTreeMap<u64, &Placement> = BTreeMap::new();
    for Known { row, place } in rows {
        let first = used.entry(row.generation.0).or_insert(row);
        let lives = first.owner_incarnation.zip(row.owner_incarnation);
        let two = first.owner != row.owner || lives.is_some_and(|(one, other)| one != other);
        if two {
            let (g, one, other) = (row.generation, &first.owner, &row.owner);
            return Some(format!("generation {g} is {one}'s and {other}'s ({place})"));
        }
        if first.owner_incarnation.is_none() {
            *first = row;
        }
    }
    None
}
