//! I8: states join upward, and final states are attested by the gateway: whatever a block or the
//! archive holds as ended has ended so there.

use std::collections::BTreeMap;

use common::OperationId;

use super::{Evidence, Found, Holds, held};
use crate::check::Violation;

const BLOCK: &str = "
    select operation_id, customer_id, state from operation
    where state in ('executed', 'rejected', 'cancelled', 'expired') and not conflict";
const ARCHIVE: &str = "
    select entity_id::uuid as operation_id, customer_id, payload::jsonb ->> 'state' as state
    from entity where kind = 'operation' and final and not conflict";
const GATEWAY: &str = "select operation_id, state from operation_record";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let mut ended = Vec::new();
    let blocks = evidence.leading(Holds::Customers).map(|one| (one, BLOCK));
    let archive = evidence.archive()?.map(|one| (one, ARCHIVE));
    for (database, sql) in blocks.chain(archive) {
        for row in database.rows(sql, &[]).await? {
            ended.push((database, held(database, &row)?));
        }
    }
    // The gateway last: it was the first to know.
    let rows = evidence.gateway()?.rows(GATEWAY, &[]).await?;
    let known: BTreeMap<OperationId, String> =
        rows.iter().map(|row| (OperationId(row.get("operation_id")), row.get("state"))).collect();
    let alone = ended.iter().filter_map(|(database, held)| {
        let there = known.get(&held.id).map(String::as_str);
        let (name, state) = (&database.name, held.state.as_str());
        let what = format!(
            "{} is {state} in {name} and {} at the gateway",
            held.id.0,
            there.unwrap_or("unknown")
        );
        (there != Some(state)).then(|| Violation::new(Some(held.customer_id), what))
    });
    Ok(alone.collect())
}
