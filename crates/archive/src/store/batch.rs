//! Streams and their batches.

use common::Timestamp;
use common::archive::stream::BatchKey;
use common::incarnation::{ChainHash, Head, StreamId};
use platform::StoreError;
use platform::pg::Sql;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::{bigint, count, incarnation, name, unreadable};

/// A stream as the archive has it.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its number here.
    pub number: i32,
    /// Whose it is.
    pub id: StreamId,
    /// Its last batch.
    pub head: Head,
    /// The first batch that the log still has.
    pub log_begins: u64,
    /// The last batch before the first that is not judged yet.
    pub judged_to: u64,
}

/// A batch that was applied.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its hash.
    pub hash: ChainHash,
    /// It waits for the end of the recovery.
    pub unjudged: bool,
    /// What of it was late.
    pub late: Option<Value>,
}

/// Where a stream stands, if it has sent anything.
pub async fn head(db: &impl Sql, id: &StreamId) -> Result<Option<Head>, StoreError> {
    let sql = "select * from stream where block = $1 and incarnation = $2";
    let row = db.row_opt(sql, &[&id.block.as_str(), &id.incarnation.to_string()]).await?;
    Ok(row.as_ref().map(stream).transpose()?.map(|stream| stream.head))
}

/// The stream, held to be gone on with, and made if it is new.
pub async fn hold(db: &impl Sql, id: &StreamId) -> Result<Stream, StoreError> {
    let (block, life) = (id.block.as_str(), id.incarnation.to_string());
    // Its key stays: loads that refer to it need not wait for a batch.
    let select = "
        select * from stream where block = $1 and incarnation = $2 for no key update";
    if let Some(row) = db.row_opt(select, &[&block, &life]).await? {
        return stream(&row);
    }
    number(db, id).await?;
    stream(&db.row(select, &[&block, &life]).await?)
}

/// The number of a stream, which is made if it is new.
pub async fn number(db: &impl Sql, id: &StreamId) -> Result<i32, StoreError> {
    let (block, life) = (id.block.as_str(), id.incarnation.to_string());
    let insert = "
        insert into stream (block, incarnation) values ($1, $2)
        on conflict on constraint stream_once do nothing";
    db.run(insert, &[&block, &life]).await?;
    let select = "select stream_id from stream where block = $1 and incarnation = $2";
    Ok(db.row(select, &[&block, &life]).await?.get("stream_id"))
}

/// All streams.
pub async fn all(db: &impl Sql) -> Result<Vec<Stream>, StoreError> {
    let sql = "
        select s.*, coalesce((
            select min(b.batch) - 1 from batch b where b.stream_id = s.stream_id and b.unjudged
        ), s.batch) as judged_to
        from stream s order by stream_id";
    db.rows(sql, &[]).await?.iter().map(stream).collect()
}

/// What is known of a batch.
pub async fn known(db: &impl Sql, stream: i32, batch: u64) -> Result<Option<Known>, StoreError> {
    let sql = "select hash, unjudged, late from batch where stream_id = $1 and batch = $2";
    let row = db.row_opt(sql, &[&stream, &bigint(batch)]).await?;
    let read = |row: Row| {
        Ok(Known { hash: hash(&row)?, unjudged: row.get("unjudged"), late: row.get("late") })
    };
    row.map(read).transpose()
}

/// This batch is the stream's last.
pub async fn put(
    db: &impl Sql,
    stream: i32,
    key: &BatchKey,
    unjudged: bool,
    late: Option<&Value>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        with kept as (
            insert into batch (stream_id, batch, hash, applied_at, unjudged, late)
            values ($1, $2, $3, $4, $5, $6)
        )
        update stream set batch = $2, hash = $3, applied_at = $4 where stream_id = $1";
    let (batch, hash) = (bigint(key.batch), key.hash.0.as_slice());
    db.run(sql, &[&stream, &batch, &hash, &OffsetDateTime::from(now), &unjudged, &late]).await?;
    Ok(())
}

/// The events of a batch that is not judged yet.
pub async fn keep_unjudged(
    db: &impl Sql,
    stream: i32,
    batch: u64,
    events: &[String],
) -> Result<(), StoreError> {
    let sql = "insert into unjudged_batch (stream_id, batch, events) values ($1, $2, $3)";
    db.run(sql, &[&stream, &bigint(batch), &events]).await?;
    Ok(())
}

/// A sign of life of the block's worker has come.
pub async fn heartbeat(db: &impl Sql, stream: i32, now: Timestamp) -> Result<(), StoreError> {
    let sql = "update stream set heartbeat_at = $2 where stream_id = $1";
    db.run(sql, &[&stream, &OffsetDateTime::from(now)]).await?;
    Ok(())
}

fn stream(row: &Row) -> Result<Stream, StoreError> {
    Ok(Stream {
        number: row.get("stream_id"),
        id: StreamId { block: name(row, "block")?, incarnation: incarnation(row, "incarnation")? },
        head: Head { batch: count(row.get("batch")), hash: hash(row)? },
        log_begins: count(row.get("log_begins")),
        judged_to: count(row.try_get("judged_to").unwrap_or_else(|_| row.get("batch"))),
    })
}

fn hash(row: &Row) -> Result<ChainHash, StoreError> {
    let bytes: &[u8] = row.get("hash");
    bytes.try_into().map(ChainHash).ok().ok_or_else(unreadable("hash"))
}

/// A batch that waits for its verdict.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Whose.
    pub stream: StreamId,
    /// The stream's number.
    pub number: i32,
    /// The batch's number.
    pub batch: u64,
    /// Its hash.
    pub hash: ChainHash,
    /// Its events, as they came.
    pub events: Vec<String>,
}

/// The batches that are not judged yet, each stream in its order.
pub async fn unjudged(db: &impl Sql) -> Result<Vec<Waiting>, StoreError> {
    let sql = "
        select s.stream_id, s.block, s.incarnation, b.batch, b.hash, u.events
        from unjudged_batch u join batch b using (stream_id, batch) join stream s using (stream_id)
        order by s.stream_id, b.batch";
    let waiting = |row: &Row| {
        Ok(Waiting {
            stream: StreamId {
                block: name(row, "block")?,
                incarnation: incarnation(row, "incarnation")?,
            },
            number: row.get("stream_id"),
            batch: count(row.get("batch")),
            hash: hash(row)?,
            events: row.get("events"),
        })
    };
    db.rows(sql, &[]).await?.iter().map(waiting).collect()
}

/// A batch has its verdict.
pub async fn judged(
    db: &impl Sql,
    stream: i32,
    batch: u64,
    late: Option<&Value>,
) -> Result<(), StoreError> {
    let sql = "
        with kept as (delete from unjudged_batch where stream_id = $1 and batch = $2)
        update batch set unjudged = false, late = $3 where stream_id = $1 and batch = $2";
    db.run(sql, &[&stream, &bigint(batch), &late]).await?;
    Ok(())
}
