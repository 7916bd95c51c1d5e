//! I13: the archived stream of a life has no gap and no fork: the archive's batches are the
//! block's, one after the other, and its standby has the same.

use super::streams::{Arrived, Composed, arrived, composed, life};
use super::{Database, Evidence, Found, Holds, Unread};
use crate::check::Violation;

const WHOSE: &str = "
    select customer_id from outbox where id = any($1) and customer_id > 0 order by id limit 1";
/// Streams whose archived batches do not follow each other.
const TORN: &str = "
    select s.block, s.incarnation, s.batch as head, n.counted,
           (select min(e.customer_id) from event e where e.stream_id = s.stream_id) as customer_id
    from stream s
    cross join lateral (select count(*) as counted, max(b.batch) as last
                        from batch b where b.stream_id = s.stream_id) n
    where n.counted <> s.batch or coalesce(n.last, 0) <> s.batch
       or (s.batch > 0 and s.hash <> (select b.hash from batch b
                                      where b.stream_id = s.stream_id and b.batch = s.batch))";
const HEADS: &str = "select block, incarnation, batch, hash from stream where batch > 0";
const HASH_OF: &str = "
    select b.hash from batch b join stream s using (stream_id)
    where s.block = $1 and s.incarnation = $2 and b.batch = $3";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let Some(archive) = evidence.archive()? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for row in archive.rows(TORN, &[]).await? {
        let (block, head): (&str, i64) = (row.get("block"), row.get("head"));
        let counted: i64 = row.get("counted");
        let what =
            format!("the archive's stream of {block} stands at {head} with {counted} batches");
        found.push(Violation::new(row.get("customer_id"), what));
    }
    for block in evidence.leading(Holds::Customers) {
        let Some(life) = life(block).await? else { continue };
        let batches = composed(block).await?;
        found.extend(broken_chain(block, &batches).await?);
        if let Some(arrived) = arrived(archive, &block.block, &life).await? {
            found.extend(forked(block, &batches, &arrived).await?);
            if arrived.batch < life.acknowledged {
                let (name, here, there) = (&block.name, life.acknowledged, arrived.batch);
                let what = format!("{name} counts {here} as acknowledged, the archive has {there}");
                found.push(Violation::new(None, what));
            }
        }
    }
    for standby in
        evidence.databases.iter().filter(|one| one.holds == Holds::Archive && one.follows)
    {
        found.extend(behind(standby, archive).await?);
    }
    Ok(found)
}

/// Every batch names the hash of the one before.
async fn broken_chain(block: &Database, batches: &[Composed]) -> Found {
    let mut found = Vec::new();
    for pair in batches.windows(2) {
        if pair[1].previous != pair[0].hash || pair[1].batch != pair[0].batch + 1 {
            let what = format!("batch {} of {} follows another", pair[1].batch, block.name);
            found.push(Violation::new(whose(block, &pair[1]).await?, what));
        }
    }
    Ok(found)
}

async fn forked(block: &Database, batches: &[Composed], arrived: &Arrived) -> Found {
    let mut found = Vec::new();
    for batch in batches {
        let there = arrived.applied.get(&batch.batch).map(|(hash, _)| hash);
        let at_head = batch.batch == arrived.batch && batch.hash != arrived.hash;
        if there.is_some_and(|hash| *hash != batch.hash) || at_head {
            let what = format!("batch {} of {} is another in the archive", batch.batch, block.name);
            found.push(Violation::new(whose(block, batch).await?, what));
        }
    }
    Ok(found)
}

/// What the standby has is what the archive has.
async fn behind(standby: &Database, archive: &Database) -> Found {
    let mut found = Vec::new();
    for row in standby.rows(HEADS, &[]).await? {
        let (block, life): (String, String) = (row.get("block"), row.get("incarnation"));
        let (batch, hash): (i64, Vec<u8>) = (row.get("batch"), row.get("hash"));
        let there = archive.rows(HASH_OF, &[&block, &life, &batch]).await?;
        if there.first().is_none_or(|row| row.get::<_, Vec<u8>>("hash") != hash) {
            let what = format!("{}: batch {batch} of {block} is not the archive's", standby.name);
            found.push(Violation::new(None, what));
        }
    }
    Ok(found)
}

async fn whose(block: &Database, batch: &Composed) -> Result<Option<i64>, Unread> {
    let rows = block.rows(WHOSE, &[&batch.lines]).await?;
    Ok(rows.first().map(|row| row.get("customer_id")))
}
