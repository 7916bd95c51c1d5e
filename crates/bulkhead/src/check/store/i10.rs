//! I10: a first execution happens only before `valid_until` by the gateway's clock.

use common::OperationId;

use super::{Evidence, Found};
use crate::check::Violation;

const SQL: &str = "
    select operation_id, customer_id, intent ->> 'valid_until' as until
    from operation_record
    where state in ('executed', 'in_progress')
      and (intent ->> 'valid_until')::timestamptz < recorded_at";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let rows = evidence.gateway()?.rows(SQL, &[]).await?;
    let found = rows.iter().map(|row| {
        let id = OperationId(row.get("operation_id"));
        let until: &str = row.get("until");
        let what = format!("{} took effect after {until}, when its time was over", id.0);
        Violation::new(row.get("customer_id"), what)
    });
    Ok(found.collect())
}
