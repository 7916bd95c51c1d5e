//! I6: nothing is dropped in silence. Of every batch that a block counts as acknowledged the
//! archive has every event in its log and every entity; and the relay has passed no row over.
//!
//! What still waits to be sent is on its way, not dropped.

use std::collections::BTreeSet;

use super::streams::{Arrived, Composed, arrived, composed, life};
use super::{Database, Evidence, Found, Holds, Unread};
use crate::check::Violation;

const LOGGED: &str = "
    select batch, number from event where stream_id = $1 and batch >= $2
    union select batch, number from raw_event where stream_id = $1 and batch >= $2";
const WHOSE: &str = "select customer_id from outbox where id = $1";
/// A row that a later batch has passed over: it was visible long before that was composed.
const PASSED: &str = "
    select o.id, o.customer_id from outbox o
    where o.batch is null and exists (
        select 1 from batch b where b.lines[cardinality(b.lines)] > o.id
        and b.composed_at > o.written_at + interval '1 minute')";
const ACKNOWLEDGED: &str = "
    select o.customer_id, o.kind, o.entity_id from outbox o cross join life l
    where o.batch > l.first_batch and o.batch <= l.acknowledged";
const MISSING: &str = "
    select sent.customer_id, sent.kind, sent.entity_id
    from unnest($1::bigint[], $2::text[], $3::text[]) as sent (customer_id, kind, entity_id)
    left join entity e using (customer_id, kind, entity_id)
    where e.customer_id is null";
/// What is no entity: the stream's own signs.
const SIGNS: [&str; 4] = ["hand_over", "seal", "unseal", "heartbeat"];

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let mut found = Vec::new();
    let archive = evidence.archive()?;
    for block in evidence.leading(Holds::Customers) {
        for row in block.rows(PASSED, &[]).await? {
            let id: i64 = row.get("id");
            let what = format!("row {id} of {}'s outbox was passed over", block.name);
            found.push(Violation::new(row.get("customer_id"), what));
        }
        let Some(archive) = archive else { continue };
        let Some(life) = life(block).await? else { continue };
        // The block first: what it knows as acknowledged then, the archive has now.
        let batches = composed(block).await?;
        let Some(arrived) = arrived(archive, &block.block, &life).await? else {
            if batches.iter().any(|batch| batch.acknowledged) {
                let what = format!("the archive has nothing of the stream of {}", block.name);
                found.push(Violation::new(None, what));
            }
            continue;
        };
        found.extend(unlogged(block, archive, &batches, &arrived).await?);
        found.extend(without_entity(block, archive).await?);
    }
    Ok(found)
}

async fn unlogged(
    block: &Database,
    archive: &Database,
    batches: &[Composed],
    arrived: &Arrived,
) -> Found {
    let rows = archive.rows(LOGGED, &[&arrived.stream_id, &arrived.log_begins]).await?;
    let logged: BTreeSet<(i64, i16)> =
        rows.iter().map(|row| (row.get("batch"), row.get("number"))).collect();
    let judged = |batch: &i64| arrived.applied.get(batch).is_some_and(|(_, judged)| *judged);
    let mut found = Vec::new();
    let due = batches
        .iter()
        .filter(|one| one.acknowledged && one.batch >= arrived.log_begins && judged(&one.batch));
    for batch in due {
        for (number, line) in (0_i16..).zip(&batch.lines) {
            if logged.contains(&(batch.batch, number)) {
                continue;
            }
            let whose = block.rows(WHOSE, &[line]).await?;
            let who = whose.first().map(|row| row.get("customer_id"));
            let what = format!("row {line} of {} is not in the archive's log", block.name);
            found.push(Violation::new(who, what));
        }
    }
    Ok(found)
}

async fn without_entity(block: &Database, archive: &Database) -> Result<Vec<Violation>, Unread> {
    let rows = block.rows(ACKNOWLEDGED, &[]).await?;
    let rows = rows.iter().filter(|row| !SIGNS.contains(&row.get::<_, &str>("kind")));
    let mut ids: Vec<i64> = Vec::new();
    let (mut kinds, mut entities): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for row in rows {
        ids.push(row.get("customer_id"));
        kinds.push(row.get("kind"));
        entities.push(row.get("entity_id"));
    }
    let missing = archive.rows(MISSING, &[&ids, &kinds, &entities]).await?;
    let found = missing.iter().map(|row| {
        let (kind, id): (&str, &str) = (row.get("kind"), row.get("entity_id"));
        let what = format!("{kind} {id} of {} is not in the archive", block.name);
        Violation::new(row.get("customer_id"), what)
    });
    Ok(found.collect())
}
