//! The register of ownership as the archive and the copies have it.

use std::collections::BTreeMap;

use common::placement::Placement;

use super::{Database, Evidence, Holds, Unread};

const COPY: &str = "select to_jsonb(p) - 'adopted_at' - 'version' as row from placement p";
const HISTORY: &str = "select placement as row from placement_history";
/// Somebody who lives in a slice, to name him.
const RESIDENT: &str = "
    select min(customer_id) as customer_id from customer where home = $1 and slice = $2";

/// A row, and whose it is.
pub(super) struct Known {
    pub(super) place: String,
    pub(super) row: Placement,
}

/// Every row that any copy, the archive or its history has.
pub(super) async fn every_row(evidence: &Evidence) -> Result<Vec<Known>, Unread> {
    let mut all = Vec::new();
    if let Some(archive) = evidence.archive()? {
        read(&mut all, archive, HISTORY).await?;
        read(&mut all, archive, COPY).await?;
    }
    for holds in [Holds::Customers, Holds::Directory] {
        for database in evidence.leading(holds) {
            read(&mut all, database, COPY).await?;
        }
    }
    Ok(all)
}

/// The newest row of every slice: the archive's where there is one.
pub(super) async fn present(
    evidence: &Evidence,
) -> Result<BTreeMap<(String, i16), Placement>, Unread> {
    let mut newest: BTreeMap<(String, i16), Placement> = BTreeMap::new();
    let mut all = Vec::new();
    match evidence.archive()? {
        Some(archive) => read(&mut all, archive, COPY).await?,
        None => all = every_row(evidence).await?,
    }
    for Known { row, .. } in all {
        let key = (row.home.as_str().to_owned(), i16::from(row.slice.number()));
        let older = newest.get(&key).is_none_or(|known| known.revision < row.revision);
        if older {
            newest.insert(key, row);
        }
    }
    Ok(newest)
}

/// Somebody who lives there.
pub(super) async fn resident(
    evidence: &Evidence,
    home: &str,
    slice: i16,
) -> Result<Option<i64>, Unread> {
    for database in evidence.leading(Holds::Customers) {
        let rows = database.rows(RESIDENT, &[&home, &slice]).await?;
        if let Some(found) = rows.first().and_then(|row| row.get("customer_id")) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn read(all: &mut Vec<Known>, database: &Database, sql: &str) -> Result<(), Unread> {
    for row in database.rows(sql, &[]).await? {
        let row: serde_json::Value = row.get("row");
        let row = serde_json::from_value(row)
            .map_err(|error| database.strange(format!("a row of the register: {error}")))?;
        all.push(Known { place: database.name.clone(), row });
    }
    Ok(())
}
