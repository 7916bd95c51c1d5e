//! Batches: committed as such before they are first sent, and never changed (I13).

use common::Timestamp;
use common::archive::stream::BatchKey;
use common::block::relay::Flight;
use common::incarnation::{ChainHash, Head};
use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::life::Life;

/// A batch as it is stored.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The row's number, which counts on through the lives of the database.
    pub row: i64,
    /// Its key within the stream.
    pub key: BatchKey,
    /// Exactly these lines of the outbox, in this order.
    pub lines: Vec<i64>,
    /// The archive has stored it and judged nothing of it yet.
    pub unjudged: bool,
}

impl Batch {
    /// As the decisions see it.
    pub fn flight(&self) -> Flight {
        let rows = self.lines.iter().map(|line| line.cast_unsigned()).collect();
        Flight { head: self.key.head(), rows }
    }
}

/// Is there anything to be sent, or to be asked about again? One look, before anything is locked.
pub async fn anything(db: &impl GenericClient, recovering: bool) -> Result<bool, StoreError> {
    let sql = "
        select exists (select 1 from outbox where batch is null)
            or exists (select 1 from life l cross join lateral (
                select 1 from batch where batch > l.acknowledged order by batch limit 1) b)
            or (not $1 and exists (select 1 from batch where unjudged)) as anything";
    Ok(db.row(sql, &[&recovering]).await?.get("anything"))
}

/// The batch in flight: the first that is not acknowledged.
pub async fn in_flight(db: &impl GenericClient, life: &Life) -> Result<Option<Batch>, StoreError> {
    let sql = "select * from batch where batch > $1 order by batch limit 1";
    let row = db.row_opt(sql, &[&life.acknowledged]).await?;
    row.as_ref().map(|row| read(row, life)).transpose()
}

/// The first that an archive in recovery has stored without a verdict.
pub async fn unjudged(db: &impl GenericClient, life: &Life) -> Result<Option<Batch>, StoreError> {
    let sql = "
        select * from batch where unjudged and batch > $1 and batch <= $2 order by batch limit 1";
    let row = db.row_opt(sql, &[&life.first_batch, &life.acknowledged]).await?;
    row.as_ref().map(|row| read(row, life)).transpose()
}

/// A batch of this life's stream, by its number there.
pub async fn of_stream(
    db: &impl GenericClient,
    life: &Life,
    number: u64,
) -> Result<Option<Batch>, StoreError> {
    let row = life.first_batch.saturating_add_unsigned(number);
    let row = db.row_opt("select * from batch where batch = $1", &[&row]).await?;
    row.as_ref().map(|row| read(row, life)).transpose()
}

/// Where the stream stands with the last batch that was composed.
pub async fn last_head(db: &impl GenericClient, life: &Life) -> Result<Head, StoreError> {
    let sql = "select * from batch where batch > $1 order by batch desc limit 1";
    let row = db.row_opt(sql, &[&life.first_batch]).await?;
    Ok(row.as_ref().map(|row| read(row, life)).transpose()?.map_or(Head::START, |b| b.key.head()))
}

/// Where it stands with the last that is acknowledged.
pub async fn acknowledged_head(db: &impl GenericClient, life: &Life) -> Result<Head, StoreError> {
    let number = life.acknowledged - life.first_batch;
    let found = of_stream(db, life, number.cast_unsigned()).await?;
    Ok(found.map_or(Head::START, |batch| batch.key.head()))
}

/// Commits a batch as such.
pub async fn insert(
    tx: &Transaction<'_>,
    row: i64,
    key: &BatchKey,
    lines: &[i64],
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into batch (batch, previous, hash, lines, composed_at) values ($1, $2, $3, $4, $5)";
    let (previous, hash) = (key.previous.0.as_slice(), key.hash.0.as_slice());
    tx.run(sql, &[&row, &previous, &hash, &lines, &OffsetDateTime::from(now)]).await?;
    Ok(())
}

/// The archive has it; has it judged it?
pub async fn acknowledge(
    tx: &Transaction<'_>,
    row: i64,
    unjudged: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        update batch set unjudged = $2, acknowledged_at = coalesce(acknowledged_at, $3)
        where batch = $1";
    tx.run(sql, &[&row, &unjudged, &OffsetDateTime::from(now)]).await?;
    Ok(())
}

/// The oldest judged batches before the last acknowledged one, to which the next is chained: each
/// with the time of its acknowledgement.
pub async fn oldest(
    tx: &Transaction<'_>,
    acknowledged: i64,
    most: i64,
) -> Result<Vec<(i64, Timestamp)>, StoreError> {
    let sql = "
        select batch, acknowledged_at from batch
        where batch < $1 and not unjudged and acknowledged_at is not null
        order by batch limit $2";
    let rows = tx.rows(sql, &[&acknowledged, &most]).await?;
    let pair =
        |row: &Row| (row.get("batch"), row.get::<_, OffsetDateTime>("acknowledged_at").into());
    Ok(rows.iter().map(pair).collect())
}

/// Removes batches with their lines; gives the number of lines.
pub async fn remove(tx: &Transaction<'_>, batches: &[i64]) -> Result<u64, StoreError> {
    let sql = "
        delete from outbox
        where id = any (array (select unnest(lines) from batch where batch = any ($1)))";
    let removed = tx.run(sql, &[&batches]).await?;
    tx.run("delete from batch where batch = any ($1)", &[&batches]).await?;
    Ok(removed)
}

fn read(row: &Row, life: &Life) -> Result<Batch, StoreError> {
    let hash = |column| {
        let bytes: Vec<u8> = row.get(column);
        let bytes = <[u8; 32]>::try_from(bytes);
        bytes.map(ChainHash).map_err(|_| StoreError::Unreadable { what: "hash of a batch" })
    };
    let number: i64 = row.get("batch");
    let key = BatchKey {
        batch: (number - life.first_batch).cast_unsigned(),
        previous: hash("previous")?,
        hash: hash("hash")?,
    };
    Ok(Batch { row: number, key, lines: row.get("lines"), unjudged: row.get("unjudged") })
}
