//! The outbox: in the transaction of every change (I6), so that what is committed is shipped.

use common::wire::archive::Marks;
use common::{BlockName, CustomerId, Generation, SliceId};
use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::block::Scope;

/// A changed entity, as the archive will hold it.
#[derive(Clone, Debug)]
pub struct Entity {
    /// What it is: `operation`, `session`, `device` …
    pub kind: &'static str,
    /// Its id within the customer.
    pub id: String,
    /// See `common::order_key`.
    pub order_key: Vec<u8>,
    /// Has it yet to end?
    pub open: bool,
    /// Will it never change again?
    pub final_: bool,
    /// Its content.
    pub payload: Value,
    /// What joins by itself, where the kind has such.
    pub marks: Option<Marks>,
}

/// Kinds of lines that are no entity.
pub const CONTROL: [&str; 4] = [HAND_OVER, SEAL, UNSEAL, HEARTBEAT];
/// `EventBody::HandOver`; the payload is `{to, generation}`.
pub const HAND_OVER: &str = "hand_over";
/// `EventBody::Seal`.
pub const SEAL: &str = "seal";
/// `EventBody::Unseal`.
pub const UNSEAL: &str = "unseal";
/// `EventBody::Heartbeat`.
pub const HEARTBEAT: &str = "heartbeat";

/// Writes the line.
pub async fn write(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    entity: &Entity,
) -> Result<(), StoreError> {
    write_line(tx, scope, generation, entity).await?;
    Ok(())
}

/// The same for who waits until the archive has it: gives the line's number.
pub async fn write_line(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    entity: &Entity,
) -> Result<i64, StoreError> {
    let sql = "
        insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key,
            open, final, payload, marks)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        returning id";
    let row = tx
        .row(
            sql,
            &[
                &scope.customer.as_i64(),
                &scope.home.as_str(),
                &i16::from(scope.slice.number()),
                &generation.as_i64(),
                &entity.kind,
                &entity.id,
                &entity.order_key,
                &entity.open,
                &entity.final_,
                &entity.payload,
                &marks(entity.marks.as_ref()),
            ],
        )
        .await?;
    Ok(row.get("id"))
}

/// Marks as they are stored: none of them is nothing.
pub fn marks(marks: Option<&Marks>) -> Option<Value> {
    marks.filter(|marks| **marks != Marks::default()).map(|marks| serde_json::json!(marks))
}

/// Writes a line that is no entity, about a slice or one customer of it.
pub async fn write_control(
    db: &impl GenericClient,
    kind: &'static str,
    (home, slice): (&BlockName, SliceId),
    customer: Option<CustomerId>,
    generation: Generation,
    payload: &Value,
) -> Result<(), StoreError> {
    let sql = "
        insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key,
            open, final, payload)
        values ($1, $2, $3, $4, $5, '', '', false, false, $6)";
    let customer = customer.map_or(0, CustomerId::as_i64);
    let (home, slice) = (home.as_str(), i16::from(slice.number()));
    db.run(sql, &[&customer, &home, &slice, &generation.as_i64(), &kind, payload]).await?;
    Ok(())
}

/// A line that waits for its batch.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number.
    pub id: i64,
    /// The home of its slice.
    pub home: BlockName,
    /// The slice.
    pub slice: SliceId,
    /// Under which generation it was written.
    pub generation: Generation,
    /// When.
    pub written_at: OffsetDateTime,
    /// Whose; nobody's, of a slice as a whole.
    pub customer: CustomerId,
    /// What it is of.
    pub kind: String,
    /// Its id within the customer.
    pub entity_id: String,
    /// Larger is newer.
    pub order_key: Vec<u8>,
    /// Has it yet to end?
    pub open: bool,
    /// Will it never change again?
    pub final_: bool,
    /// What joins by itself.
    pub marks: Marks,
    /// Its content.
    pub payload: Value,
}

/// The first lines that wait, in order.
pub async fn waiting(tx: &Transaction<'_>, limit: i64) -> Result<Vec<Line>, StoreError> {
    let sql = "
        select id, home, slice, generation, written_at, customer_id, kind, entity_id, order_key,
            open, final, marks, payload, event
        from outbox where batch is null order by id limit $1";
    tx.rows(sql, &[&limit]).await?.iter().map(read).collect()
}

/// How old the oldest line is that the archive has not acknowledged, by the database's clock.
pub async fn oldest_unsent_ms(
    db: &impl GenericClient,
    acknowledged: i64,
) -> Result<Option<i64>, StoreError> {
    let sql = "
        select (extract(epoch from now() - least(
            (select written_at from outbox where batch is null order by id limit 1),
            (select written_at from outbox where id =
                (select lines[1] from batch where batch > $1 order by batch limit 1))
            )) * 1000)::bigint as age_ms";
    Ok(db.row(sql, &[&acknowledged]).await?.get("age_ms"))
}

/// Gives a sign of life where nothing waits and nothing was written for so long. Says whether it
/// was written.
pub async fn beat(
    db: &impl GenericClient,
    (home, slice): (&BlockName, SliceId),
    quiet_ms: i64,
) -> Result<bool, StoreError> {
    let sql = "
        insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key,
            open, final)
        select 0, $1, $2, coalesce((select p.generation from placement p
                where p.home = $1 and p.slice = $2), 1), 'heartbeat', '', '', false, false
        from life l
        where not exists (select 1 from outbox where batch is null)
            and not exists (select 1 from batch b where b.batch > l.acknowledged)
            and not exists (select 1 from outbox
                where id = (select max(id) from outbox)
                    and written_at > now() - $3 * interval '1 millisecond')";
    #[expect(clippy::cast_precision_loss, reason = "an interval of seconds")]
    let quiet_ms = quiet_ms as f64;
    let slice = i16::from(slice.number());
    Ok(db.run(sql, &[&home.as_str(), &slice, &quiet_ms]).await? == 1)
}

/// How many lines the archive has not acknowledged.
pub async fn unsent(db: &impl GenericClient, acknowledged: i64) -> Result<i64, StoreError> {
    let sql = "
        select (select count(*) from outbox where batch is null)
            + coalesce((select sum(cardinality(lines)) from batch where batch > $1), 0) as unsent";
    let row = db.row(sql, &[&acknowledged]).await?;
    Ok(row.get("unsent"))
}

/// Fixes the texts of lines, as they travel in this batch.
pub async fn put_into(
    tx: &Transaction<'_>,
    batch: i64,
    lines: &[i64],
    events: &[String],
) -> Result<(), StoreError> {
    let sql = "
        update outbox o set batch = $1, event = i.event, payload = null, marks = null
        from unnest($2::bigint[], $3::text[]) as i (id, event)
        where o.id = i.id";
    tx.run(sql, &[&batch, &lines, &events]).await?;
    Ok(())
}

/// The texts of these lines, in this order. Fewer if some have been removed.
pub async fn events(tx: &Transaction<'_>, lines: &[i64]) -> Result<Vec<String>, StoreError> {
    let sql = "
        select o.event from unnest($1::bigint[]) with ordinality as i (id, place)
        join outbox o on o.id = i.id where o.event is not null order by i.place";
    let rows = tx.rows(sql, &[&lines]).await?;
    Ok(rows.iter().map(|row| row.get("event")).collect())
}

/// The batches of those lines that are still there: a line that is gone was acknowledged.
pub async fn batches_of(
    db: &impl GenericClient,
    lines: &[i64],
) -> Result<Vec<(i64, Option<i64>)>, StoreError> {
    let rows = db.rows("select id, batch from outbox where id = any($1)", &[&lines]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("batch"))).collect())
}

/// The number that the next line will have, or a higher one.
pub async fn next_line(db: &impl GenericClient) -> Result<i64, StoreError> {
    let sql = "select coalesce(max(id), 0) + 1 as next from outbox";
    Ok(db.row(sql, &[]).await?.get("next"))
}

/// Has the archive every line below this one?
pub async fn exported(
    db: &impl GenericClient,
    tail: i64,
    acknowledged: i64,
) -> Result<bool, StoreError> {
    let sql = "
        select not exists (select 1 from outbox where batch is null and id < $1)
            and not exists (
                select 1 from (select lines from batch where batch > $2 order by batch offset 0) b
                where b.lines[1] < $1) as exported";
    Ok(db.row(sql, &[&tail, &acknowledged]).await?.get("exported"))
}

fn read(row: &Row) -> Result<Line, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "line of the outbox" };
    let (home, slice): (String, i16) = (row.get("home"), row.get("slice"));
    let slice = u8::try_from(slice).ok().and_then(|number| SliceId::try_from(number).ok());
    let marks: Option<Value> = row.get("marks");
    let payload: Option<Value> = row.get("payload");
    // A line that was in a batch of an earlier life of this database: its text holds the rest.
    let event: Option<String> = row.get("event");
    let (marks, payload) = match (marks, payload, event) {
        (marks, Some(payload), _) => (marks, payload),
        (_, None, Some(event)) => parts(&event).ok_or_else(unreadable)?,
        (marks, None, None) => (marks, Value::Null),
    };
    Ok(Line {
        id: row.get("id"),
        home: BlockName::try_from(home).map_err(|_| unreadable())?,
        slice: slice.ok_or_else(unreadable)?,
        generation: Generation::from_i64(row.get("generation")),
        written_at: row.get("written_at"),
        customer: CustomerId::from_i64(row.get("customer_id")),
        kind: row.get("kind"),
        entity_id: row.get("entity_id"),
        order_key: row.get("order_key"),
        open: row.get("open"),
        final_: row.get("final"),
        marks: marks
            .map_or(Ok(Marks::default()), serde_json::from_value)
            .map_err(|_| unreadable())?,
        payload,
    })
}

/// Marks and payload out of an event's text.
fn parts(event: &str) -> Option<(Option<Value>, Value)> {
    let mut event: Value = serde_json::from_str(event).ok()?;
    let body = event.get_mut("body")?;
    let marks = body.get_mut("marks").map(Value::take);
    let payload = body.get_mut("payload").map(Value::take);
    // A line that is no entity: what it says is the body itself.
    Some((marks, payload.unwrap_or_else(|| body.take())))
}
