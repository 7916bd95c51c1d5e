//! The log of events, in daily partitions, and what of it could not be read.

use common::archive::late::Lateness;
use common::incarnation::StreamId;
use common::wire::archive::Change;
use common::{BlockName, CustomerId, Generation, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::{GenericClient, Sql};
use time::{Date, Duration, OffsetDateTime};
use tokio_postgres::Row;

use super::{bigint, columns, count, incarnation, name, slice_number, slice_of};

/// An event with its verdict.
#[derive(Clone, Debug)]
pub struct Logged<'a> {
    /// Its place in the batch, from 0.
    pub number: i16,
    /// `entity`, `hand_over`, `seal`, `unseal`, `heartbeat`, `raw`.
    pub kind: &'static str,
    /// Of which slice, as far as it can be read.
    pub place: Option<&'a (BlockName, SliceId)>,
    /// Of whom, if of somebody.
    pub customer: Option<CustomerId>,
    /// Under which generation it was written.
    pub generation: Option<Generation>,
    /// The verdict.
    pub late: Lateness,
    /// The generation of whoever served the customer then.
    pub serving: Generation,
    /// The operation is asked about because of a view under this generation.
    pub asked: Option<Generation>,
    /// The event as it came.
    pub body: &'a str,
}

const APPEND: &str = "
    insert into event (logged_at, stream_id, batch, number, kind, home, slice, customer_id,
        generation, late, serving, asked, body)
    select $1::timestamptz, $2::integer, $3::bigint, e.* from unnest($4::smallint[], $5::text[],
        $6::text[], $7::smallint[], $8::bigint[], $9::bigint[], $10::text[], $11::bigint[],
        $12::bigint[], $13::text[]) as e";
const APPEND_RAW: &str = "
    insert into raw_event (stream_id, batch, number, home, slice, customer_id, late, serving, body)
    select stream_id, batch, number, home, slice, customer_id, late, serving, body from event
    where logged_at = $1 and stream_id = $2 and batch = $3 and kind = 'raw'";

/// Appends the events of a batch, and keeps apart those that could not be read.
pub async fn append(
    db: &impl Sql,
    now: Timestamp,
    (stream, batch): (i32, u64),
    events: &[Logged<'_>],
) -> Result<(), StoreError> {
    let column = |event: &Logged<'_>| event.number;
    let numbers: Vec<i16> = events.iter().map(column).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind).collect();
    let home = |event: &Logged<'_>| event.place.map(|(home, _)| home.as_str().to_owned());
    let homes: Vec<Option<String>> = events.iter().map(home).collect();
    let slice = |event: &Logged<'_>| event.place.map(|(_, slice)| slice_number(*slice));
    let slices: Vec<Option<i16>> = events.iter().map(slice).collect();
    let customer = |event: &Logged<'_>| event.customer.map(CustomerId::as_i64);
    let customers: Vec<Option<i64>> = events.iter().map(customer).collect();
    let under = |event: &Logged<'_>| event.generation.map(Generation::as_i64);
    let generations: Vec<Option<i64>> = events.iter().map(under).collect();
    let lates: Vec<&str> = events.iter().map(|event| late_word(event.late)).collect();
    let servings: Vec<i64> = events.iter().map(|event| event.serving.as_i64()).collect();
    let asked = |event: &Logged<'_>| event.asked.map(Generation::as_i64);
    let asked: Vec<Option<i64>> = events.iter().map(asked).collect();
    let bodies: Vec<&str> = events.iter().map(|event| event.body).collect();
    let (now, batch) = (OffsetDateTime::from(now), bigint(batch));
    db.run(
        APPEND,
        &[
            &now,
            &stream,
            &batch,
            &numbers,
            &kinds,
            &homes,
            &slices,
            &customers,
            &generations,
            &lates,
            &servings,
            &asked,
            &bodies,
        ],
    )
    .await?;
    if kinds.contains(&"raw") {
        db.run(APPEND_RAW, &[&now, &stream, &batch]).await?;
    }
    Ok(())
}

fn late_word(late: Lateness) -> &'static str {
    match late {
        Lateness::OnTime => "on_time",
        Lateness::Customer => "customer",
        Lateness::Slice => "slice",
    }
}

/// How many events of each of these customers were never read. One of which not even the customer
/// can be read counts for everybody whom it may concern.
pub async fn unread(
    db: &impl Sql,
    (home, slice): &(BlockName, SliceId),
    customers: &[i64],
) -> Result<Vec<(CustomerId, usize)>, StoreError> {
    let sql = "
        select c.id, (
            select count(*) from raw_event r where r.read_at is null and r.customer_id = c.id
        ) + (
            select count(*) from raw_event r where r.read_at is null and r.customer_id is null
                and (r.home is null or (r.home = $2 and r.slice = $3))
        ) as unread
        from unnest($1::bigint[]) as c (id)";
    let rows = db.rows(sql, &[&customers, &home.as_str(), &slice_number(*slice)]).await?;
    let pair = |row: &Row| {
        let unread: i64 = row.get("unread");
        (CustomerId::from_i64(row.get("id")), usize::try_from(unread).unwrap_or(0))
    };
    Ok(rows.iter().map(pair).collect())
}

const NEXT: &str = "
    select e.batch from unnest($1::text[], $2::smallint[]) as mine (home, slice)
    cross join lateral (
        select batch from event
        where home = mine.home and slice = mine.slice and stream_id = $3 and batch > $4
            and batch <= $5
        order by batch limit $6
    ) e
    order by e.batch limit $6";

/// The batches of a stream's next events in these slices, one for each event, at most so many.
pub async fn next(
    db: &impl Sql,
    slices: &[(BlockName, SliceId)],
    stream: i32,
    (after, up_to): (u64, u64),
    limit: usize,
) -> Result<Vec<u64>, StoreError> {
    let (homes, numbers) = columns(slices);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&homes, &numbers, &stream, &bigint(after), &bigint(up_to), &limit];
    let rows = db.rows(NEXT, &params).await?;
    Ok(rows.iter().map(|row| count(row.get("batch"))).collect())
}

const READ: &str = "
    select e.batch, e.number, e.kind, e.late, e.serving, e.asked, e.body
    from unnest($1::text[], $2::smallint[]) as mine (home, slice)
    join event e on e.home = mine.home and e.slice = mine.slice
    where e.stream_id = $3 and e.batch > $4 and e.batch <= $5 and e.kind <> 'heartbeat'
    order by e.batch, e.number";

/// A stream's events in these slices, of the batches after one and up to another.
pub async fn read(
    db: &impl Sql,
    slices: &[(BlockName, SliceId)],
    (stream, id): (i32, &StreamId),
    (after, up_to): (u64, u64),
) -> Result<Vec<Change>, StoreError> {
    let (homes, numbers) = columns(slices);
    let rows = db.rows(READ, &[&homes, &numbers, &stream, &bigint(after), &bigint(up_to)]).await?;
    let change = |row: &Row| {
        let (kind, late, body): (&str, &str, &str) =
            (row.get("kind"), row.get("late"), row.get("body"));
        let event = (kind != "raw").then(|| serde_json::from_str(body).ok()).flatten();
        Change {
            stream: id.clone(),
            batch: count(row.get("batch")),
            late: late != "on_time",
            serving: Generation::from_i64(row.get("serving")),
            asked: row.get::<_, Option<i64>>("asked").map(Generation::from_i64),
            event,
        }
    };
    Ok(rows.iter().map(change).collect())
}

/// Makes the partition of a day, unless it is there. The name is spliced in: it consists of digits
/// that a date was formatted to, because the names of tables cannot be bound.
pub async fn make_partition(db: &impl GenericClient, day: Date) -> Result<(), StoreError> {
    let next = day.saturating_add(Duration::days(1));
    let table = partition(day);
    let sql = format!(
        "create table if not exists {table} partition of event
         for values from ('{day} 00:00:00+00') to ('{next} 00:00:00+00')"
    );
    db.batch_execute(&sql).await?;
    Ok(())
}

/// The name of a day's partition: `event_20260131`.
pub fn partition(day: Date) -> String {
    format!("event_{:04}{:02}{:02}", day.year(), u8::from(day.month()), day.day())
}

/// The oldest day that the log has a partition for, and when it ends.
pub async fn oldest(db: &impl Sql) -> Result<Option<(Date, OffsetDateTime)>, StoreError> {
    let sql = "
        select to_date(substr(c.relname, 7), 'YYYYMMDD') as day
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'event'::regclass order by c.relname limit 1";
    let row = db.row_opt(sql, &[]).await?;
    Ok(row.map(|row| {
        let day: Date = row.get("day");
        (day, ends(day))
    }))
}

fn ends(day: Date) -> OffsetDateTime {
    day.saturating_add(Duration::days(1)).midnight().assume_utc()
}

fn begins(day: Date) -> OffsetDateTime {
    day.midnight().assume_utc()
}

/// The slices that a day's events tell of.
pub async fn slices_of(db: &impl Sql, day: Date) -> Result<Vec<(BlockName, SliceId)>, StoreError> {
    let sql = "
        select distinct home, slice from event
        where logged_at >= $1 and logged_at < $2 and home is not null";
    let rows = db.rows(sql, &[&begins(day), &ends(day)]).await?;
    rows.iter().map(|row| Ok((name(row, "home")?, slice_of(row.get("slice"))?))).collect()
}

/// Drops a day, and says of each stream where its log begins now. The name is a date, as in
/// [`make_partition`].
pub async fn drop_partition(db: &impl GenericClient, day: Date) -> Result<(), StoreError> {
    let sql = "
        update stream s set log_begins = greatest(s.log_begins, d.last + 1)
        from (
            select stream_id, max(batch) as last from event
            where logged_at >= $1 and logged_at < $2 group by stream_id
        ) d
        where d.stream_id = s.stream_id";
    db.run(sql, &[&begins(day), &ends(day)]).await?;
    let table = partition(day);
    db.batch_execute(&format!("drop table {table}")).await?;
    Ok(())
}

/// An event that was never read.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Whose.
    pub stream: StreamId,
    at: (i32, i64, i16),
    /// It was late.
    pub late: bool,
    /// As it came.
    pub body: String,
}

/// Events that were never read, at most a thousand.
pub async fn raw(db: &impl Sql) -> Result<Vec<Raw>, StoreError> {
    let sql = "
        select r.*, s.block, s.incarnation from raw_event r join stream s using (stream_id)
        where r.read_at is null order by r.stream_id, r.batch, r.number limit 1000";
    let raw = |row: &Row| {
        let late: &str = row.get("late");
        Ok(Raw {
            stream: StreamId {
                block: name(row, "block")?,
                incarnation: incarnation(row, "incarnation")?,
            },
            at: (row.get("stream_id"), row.get("batch"), row.get("number")),
            late: late != "on_time",
            body: row.get("body"),
        })
    };
    db.rows(sql, &[]).await?.iter().map(raw).collect()
}

/// They have been read.
pub async fn were_read(db: &impl Sql, raw: &[&Raw], now: Timestamp) -> Result<(), StoreError> {
    let sql = "
        update raw_event r set read_at = $4
        from unnest($1::integer[], $2::bigint[], $3::smallint[]) as k (stream_id, batch, number)
        where r.stream_id = k.stream_id and r.batch = k.batch and r.number = k.number";
    let streams: Vec<i32> = raw.iter().map(|raw| raw.at.0).collect();
    let batches: Vec<i64> = raw.iter().map(|raw| raw.at.1).collect();
    let numbers: Vec<i16> = raw.iter().map(|raw| raw.at.2).collect();
    db.run(sql, &[&streams, &batches, &numbers, &OffsetDateTime::from(now)]).await?;
    Ok(())
}
