//! I5: once the gateway has seen g + 1 for a customer, nothing of generation ≤ g takes a first
//! effect there.
//!
//! A record's time is read before its transaction has the fence, so that two of the same moment can
//! stand in either order: only what lies further apart than a call may last is held against it.

use common::OperationId;

use super::{Evidence, Found};
use crate::check::Violation;

const SQL: &str = "
    select r.operation_id, r.customer_id, r.generation, newer.generation as seen
    from operation_record r
    cross join lateral (
        select max(n.generation) as generation from operation_record n
        where n.customer_id = r.customer_id
          and n.recorded_at < r.recorded_at - interval '10 seconds'
    ) newer
    where r.state = 'executed' and newer.generation > r.generation
    union all
    select r.operation_id, r.customer_id, r.generation, coalesce(f.generation, 0) as seen
    from operation_record r left join fence f using (customer_id)
    where r.state = 'executed' and coalesce(f.generation, 0) < r.generation";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let rows = evidence.gateway()?.rows(SQL, &[]).await?;
    let found = rows.iter().map(|row| {
        let id = OperationId(row.get("operation_id"));
        let (under, seen): (i64, i64) = (row.get("generation"), row.get("seen"));
        let what = format!("{} took effect under {under} while the fence was {seen}", id.0);
        Violation::new(row.get("customer_id"), what)
    });
    Ok(found.collect())
}
