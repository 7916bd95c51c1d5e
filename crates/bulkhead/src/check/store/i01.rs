//! I1: an operation id has at most one effect at the back office.

use common::OperationId;

use super::{Evidence, Found};
use crate::check::Violation;

const SQL: &str = "
    select r.operation_id, r.customer_id, r.state, r.entry_count, count(e.entry_id) as entries,
           count(distinct e.leg) as legs
    from operation_record r join entry e using (operation_id)
    group by r.operation_id
    having count(e.entry_id) <> count(distinct e.leg) or count(e.entry_id) > r.entry_count";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let rows = evidence.gateway()?.rows(SQL, &[]).await?;
    let found = rows.iter().map(|row| {
        let id = OperationId(row.get("operation_id"));
        let (entries, known): (i64, i16) = (row.get("entries"), row.get("entry_count"));
        let what = format!("{} was booked more than once: {entries} entries for {known}", id.0);
        Violation::new(row.get("customer_id"), what)
    });
    Ok(found.collect())
}
