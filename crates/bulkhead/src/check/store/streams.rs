//! Streams as both sides have them: the block's batches, and what the archive applied of them.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::{Database, Unread};

const LIFE: &str = "select incarnation, first_batch, acknowledged from life";
const BATCHES: &str = "
    select b.batch - l.first_batch as batch, b.previous, b.hash, b.lines, b.acknowledged_at,
           b.batch <= l.acknowledged as acknowledged
    from batch b cross join life l where b.batch > l.first_batch order by b.batch";
const STREAM: &str = "
    select stream_id, batch, hash, log_begins from stream where block = $1 and incarnation = $2";
const APPLIED: &str = "
    select batch, hash, unjudged from batch where stream_id = $1 order by batch";

/// The life that a block's database is in.
pub(super) struct Life {
    pub(super) incarnation: String,
    pub(super) acknowledged: i64,
}

/// A batch that a block has composed.
pub(super) struct Composed {
    /// Within the stream, from 1.
    pub(super) batch: i64,
    pub(super) previous: Vec<u8>,
    pub(super) hash: Vec<u8>,
    pub(super) lines: Vec<i64>,
    pub(super) acknowledged: bool,
}

/// What the archive has of a stream.
pub(super) struct Arrived {
    pub(super) stream_id: i32,
    pub(super) batch: i64,
    pub(super) hash: Vec<u8>,
    pub(super) log_begins: i64,
    /// Number → hash, and whether it was judged.
    pub(super) applied: BTreeMap<i64, (Vec<u8>, bool)>,
}

/// The block's side; none before its worker has run for the first time.
pub(super) async fn life(block: &Database) -> Result<Option<Life>, Unread> {
    let rows = block.rows(LIFE, &[]).await?;
    Ok(rows.first().map(|row| Life {
        incarnation: row.get("incarnation"),
        acknowledged: row.get::<_, i64>("acknowledged") - row.get::<_, i64>("first_batch"),
    }))
}

/// The batches of the present life.
pub(super) async fn composed(block: &Database) -> Result<Vec<Composed>, Unread> {
    let read = |row: &Row| Composed {
        batch: row.get("batch"),
        previous: row.get("previous"),
        hash: row.get("hash"),
        lines: row.get("lines"),
        acknowledged: row.get("acknowledged"),
    };
    Ok(block.rows(BATCHES, &[]).await?.iter().map(read).collect())
}

/// The archive's side of a stream.
pub(super) async fn arrived(
    archive: &Database,
    block: &str,
    life: &Life,
) -> Result<Option<Arrived>, Unread> {
    let rows = archive.rows(STREAM, &[&block, &life.incarnation]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let stream_id: i32 = row.get("stream_id");
    let applied = archive.rows(APPLIED, &[&stream_id]).await?;
    let read = |row: &Row| {
        (
            row.get::<_, i64>("batch"),
            (row.get::<_, Vec<u8>>("hash"), !row.get::<_, bool>("unjudged")),
        )
    };
    Ok(Some(Arrived {
        stream_id,
        batch: row.get("batch"),
        hash: row.get("hash"),
        log_begins: row.get("log_begins"),
        applied: applied.iter().map(read).collect(),
    }))
}
