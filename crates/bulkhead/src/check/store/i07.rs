//! I7: outbox rows are removed only after their batch was acknowledged and the replay window is
//! over.

use super::{Evidence, Found, Holds};
use crate::check::Violation;

/// The last clause of the window is the block's own: 24 hours after the acknowledgement.
const SQL: &str = "
    select b.batch, line.id,
           (select o.customer_id from outbox o where o.id = any(b.lines) limit 1) as neighbour
    from batch b cross join life l cross join lateral unnest(b.lines) as line (id)
    where b.batch > l.first_batch
      and (b.acknowledged_at is null or b.acknowledged_at > now() - interval '24 hours')
      and not exists (select 1 from outbox o where o.id = line.id)";
/// Whose it was, where the archive has it.
const WHOSE: &str = "
    select e.customer_id from event e join stream s using (stream_id)
    where s.block = $1 and e.batch = $2 and e.number = $3";
const POSITION: &str = "
    select b.batch - l.first_batch as batch, array_position(b.lines, $2) - 1 as number
    from batch b cross join life l where b.batch = $1";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let mut found = Vec::new();
    for block in evidence.leading(Holds::Customers) {
        for row in block.rows(SQL, &[]).await? {
            let (batch, line): (i64, i64) = (row.get("batch"), row.get("id"));
            let mut who: Option<i64> = row.get("neighbour");
            if let Some(archive) = evidence.archive()? {
                for place in block.rows(POSITION, &[&batch, &line]).await? {
                    let (batch, number): (i64, i32) = (place.get("batch"), place.get("number"));
                    let number = i16::try_from(number).unwrap_or(i16::MAX);
                    let rows = archive.rows(WHOSE, &[&block.block, &batch, &number]).await?;
                    who = rows.first().and_then(|row| row.get("customer_id")).or(who);
                }
            }
            let what = format!("row {line} of batch {batch} of {} is gone too early", block.name);
            found.push(Violation::new(who, what));
        }
    }
    Ok(found)
}
