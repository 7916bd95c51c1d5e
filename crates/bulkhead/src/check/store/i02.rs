//! I2: the same intent has the same id on every block, and an id is never executed for another.
//!
//! What two blocks disagree about is allowed only where it is parked for a person: that is how
//! somebody's forged order under a known key ends.

use std::collections::BTreeMap;

use common::OperationId;

use super::{Evidence, Found, Holds};
use crate::check::Violation;
use crate::load::promises::What;

const BLOCK: &str = "
    select operation_id, customer_id, encode(intent_hash, 'hex') as hash
    from operation where not parked and not conflict";
const GATEWAY: &str = "
    select operation_id, customer_id, encode(intent_hash, 'hex') as hash from operation_record";
const ARCHIVE: &str = "
    select entity_id::uuid as operation_id, customer_id, payload::jsonb ->> 'intent_hash' as hash
    from entity where kind = 'operation' and not conflict";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let mut known: BTreeMap<OperationId, (i64, String, String)> = BTreeMap::new();
    let mut found = Vec::new();
    let blocks = evidence.leading(Holds::Customers).map(|one| (one, BLOCK));
    let archive = evidence.archive()?.map(|one| (one, ARCHIVE));
    let all = [(evidence.gateway()?, GATEWAY)].into_iter().chain(archive).chain(blocks);
    for (database, sql) in all {
        for row in database.rows(sql, &[]).await? {
            let id = OperationId(row.get("operation_id"));
            let (customer_id, hash): (i64, Option<String>) =
                (row.get("customer_id"), row.get("hash"));
            let Some(hash) = hash else { continue };
            let mine = (customer_id, hash, database.name.clone());
            let first = known.entry(id).or_insert_with(|| mine.clone());
            if (first.0, &first.1) != (mine.0, &mine.1) {
                let what =
                    format!("{} is one intent in {} and another in {}", id.0, first.2, mine.2);
                found.push(Violation::new(Some(customer_id), what));
            }
        }
    }
    for line in evidence.promises.iter().flatten() {
        let What::Kept { operation_id, .. } = &line.what else { continue };
        let customer_id = line.customer_id.as_i64();
        if let Some((owner, _, place)) = known.get(operation_id)
            && *owner != customer_id
        {
            let what = format!("{} is somebody else's in {place}", operation_id.0);
            found.push(Violation::new(Some(customer_id), what));
        }
    }
    Ok(found)
}
