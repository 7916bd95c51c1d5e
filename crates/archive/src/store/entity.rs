//! What customers have. Read and written for a whole batch at once.

use common::archive::asked::Asked;
use common::join::operation::Marks;
use common::wire::archive as wire;
use common::{BlockName, CustomerId, Generation, SliceId};
use platform::StoreError;
use platform::pg::Sql;
use tokio_postgres::Row;

use super::{slice_number, unreadable};

/// Customer, kind, id.
pub type Key = (CustomerId, String, String);

/// An entity as the archive holds it, without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Compared as bytes.
    pub order_key: Vec<u8>,
    /// Will it never change again?
    pub final_: bool,
    /// Has it yet to end?
    pub open: bool,
    /// Some version of it was late.
    pub late: bool,
    /// The generation of the version that stands.
    pub generation: Generation,
    /// Joined by themselves.
    pub marks: Marks,
    /// How it ended, as its writer says.
    pub ending: Option<String>,
    /// SHA-256 of the payload.
    pub fingerprint: [u8; 32],
    /// How often it was written; 0: not yet.
    pub writes: i64,
}

/// An entity to be written.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// Which.
    pub key: &'a Key,
    /// Where the customer lives.
    pub place: &'a (BlockName, SliceId),
    /// What it is now; `writes` as it was read.
    pub held: &'a Held,
    /// The payload that replaces the one before; none: that one stands.
    pub payload: Option<&'a str>,
}

const READ: &str = "
    select e.customer_id, e.kind, e.entity_id, e.order_key, e.final, e.open, e.late, e.generation,
        e.cancel_requested, e.unfenced, e.conflict, e.asked, e.answered, e.cancel_asked,
        e.cancel_answered, e.ending, e.fingerprint, e.writes
    from unnest($1::bigint[], $2::text[], $3::text[]) as k (customer_id, kind, entity_id)
    join entity e on e.customer_id = k.customer_id and e.kind = k.kind
        and e.entity_id = k.entity_id
    order by e.customer_id, e.kind, e.entity_id for update of e";

/// The entities that are known of these, held to be changed, in the order of their keys.
pub async fn hold(db: &impl Sql, keys: &[&Key]) -> Result<Vec<(Key, Held)>, StoreError> {
    let customers: Vec<i64> = keys.iter().map(|key| key.0.as_i64()).collect();
    let kinds: Vec<&str> = keys.iter().map(|key| key.1.as_str()).collect();
    let ids: Vec<&str> = keys.iter().map(|key| key.2.as_str()).collect();
    let rows = db.rows(READ, &[&customers, &kinds, &ids]).await?;
    let keyed = |row: &Row| {
        let customer = CustomerId::from_i64(row.get("customer_id"));
        Ok(((customer, row.get("kind"), row.get("entity_id")), held(row)?))
    };
    rows.iter().map(keyed).collect()
}

const UPSERT: &str = "
    insert into entity as e (customer_id, kind, entity_id, order_key, final, open, late, home,
        slice, generation, cancel_requested, unfenced, conflict, asked, answered, cancel_asked,
        cancel_answered, ending, fingerprint, writes, payload)
    select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::bool[], $6::bool[],
        $7::bool[], $8::text[], $9::smallint[], $10::bigint[], $11::bool[], $12::bool[],
        $13::bool[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::text[],
        $19::bytea[], $20::bigint[], $21::text[])
    on conflict on constraint entity_pkey do update set order_key = excluded.order_key,
        final = excluded.final, open = excluded.open, late = excluded.late, home = excluded.home,
        slice = excluded.slice, generation = excluded.generation,
        cancel_requested = excluded.cancel_requested, unfenced = excluded.unfenced,
        conflict = excluded.conflict, asked = excluded.asked, answered = excluded.answered,
        cancel_asked = excluded.cancel_asked, cancel_answered = excluded.cancel_answered,
        ending = excluded.ending, fingerprint = excluded.fingerprint, payload = excluded.payload,
        writes = excluded.writes
    where e.writes = excluded.writes - 1";

const TOUCH: &str = "
    update entity e set late = k.late, cancel_requested = k.cancel_requested,
        unfenced = k.unfenced, conflict = k.conflict, asked = k.asked, answered = k.answered,
        cancel_asked = k.cancel_asked, cancel_answered = k.cancel_answered, writes = k.writes
    from unnest($1::bigint[], $2::text[], $3::text[], $4::bool[], $5::bool[], $6::bool[],
        $7::bool[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
        as k (customer_id, kind, entity_id, late, cancel_requested, unfenced, conflict, asked,
            answered, cancel_asked, cancel_answered, writes)
    where e.customer_id = k.customer_id and e.kind = k.kind and e.entity_id = k.entity_id
        and e.writes = k.writes - 1";

/// The columns of entities that are written together.
#[derive(Default)]
struct Columns<'a> {
    customers: Vec<i64>,
    kinds: Vec<&'a str>,
    ids: Vec<&'a str>,
    order_keys: Vec<&'a [u8]>,
    finals: Vec<bool>,
    opens: Vec<bool>,
    lates: Vec<bool>,
    homes: Vec<&'a str>,
    slices: Vec<i16>,
    generations: Vec<i64>,
    cancels: Vec<bool>,
    unfenced: Vec<bool>,
    conflicts: Vec<bool>,
    asked: [Vec<i64>; 4],
    endings: Vec<Option<&'a str>>,
    fingerprints: Vec<&'a [u8]>,
    writes: Vec<i64>,
    payloads: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, written: &Written<'a>) {
        let (key, held) = (written.key, written.held);
        self.customers.push(key.0.as_i64());
        self.kinds.push(&key.1);
        self.ids.push(&key.2);
        self.order_keys.push(&held.order_key);
        self.finals.push(held.final_);
        self.opens.push(held.open);
        self.lates.push(held.late);
        self.homes.push(written.place.0.as_str());
        self.slices.push(slice_number(written.place.1));
        self.generations.push(held.generation.as_i64());
        self.cancels.push(held.marks.cancel_requested);
        self.unfenced.push(held.marks.unfenced);
        self.conflicts.push(held.marks.conflict);
        let (asked, cancel) = (held.marks.asked, held.marks.cancel_asked);
        let marks = [asked.asked, asked.answered, cancel.asked, cancel.answered];
        for (column, mark) in self.asked.iter_mut().zip(marks) {
            column.push(mark.as_i64());
        }
        self.endings.push(held.ending.as_deref());
        self.fingerprints.push(&held.fingerprint);
        self.writes.push(held.writes + 1);
        self.payloads.extend(written.payload);
    }
}

/// Writes entities, each as it was read by [`hold`] or new. Says whether all of them were as they
/// were read: if not, somebody has made one meanwhile, and the transaction must be done anew.
pub async fn write(db: &impl Sql, entities: &[Written<'_>]) -> Result<bool, StoreError> {
    let (mut whole, mut marks) = (Columns::default(), Columns::default());
    for written in entities {
        let columns = if written.payload.is_some() { &mut whole } else { &mut marks };
        columns.push(written);
    }
    let mut done = 0;
    if !whole.customers.is_empty() {
        done += upsert(db, &whole).await?;
    }
    if !marks.customers.is_empty() {
        done += touch(db, &marks).await?;
    }
    Ok(usize::try_from(done).ok() == Some(entities.len()))
}

async fn upsert(db: &impl Sql, of: &Columns<'_>) -> Result<u64, StoreError> {
    let [asked, answered, cancel_asked, cancel_answered] = &of.asked;
    db.run(
        UPSERT,
        &[
            &of.customers,
            &of.kinds,
            &of.ids,
            &of.order_keys,
            &of.finals,
            &of.opens,
            &of.lates,
            &of.homes,
            &of.slices,
            &of.generations,
            &of.cancels,
            &of.unfenced,
            &of.conflicts,
            asked,
            answered,
            cancel_asked,
            cancel_answered,
            &of.endings,
            &of.fingerprints,
            &of.writes,
            &of.payloads,
        ],
    )
    .await
}

async fn touch(db: &impl Sql, of: &Columns<'_>) -> Result<u64, StoreError> {
    let [asked, answered, cancel_asked, cancel_answered] = &of.asked;
    db.run(
        TOUCH,
        &[
            &of.customers,
            &of.kinds,
            &of.ids,
            &of.lates,
            &of.cancels,
            &of.unfenced,
            &of.conflicts,
            asked,
            answered,
            cancel_asked,
            cancel_answered,
            &of.writes,
        ],
    )
    .await
}

/// A version that lost and should not have been.
#[derive(Clone, Debug)]
pub struct Lost<'a> {
    /// Of which entity.
    pub key: &'a Key,
    /// Why it is kept.
    pub why: &'static str,
    /// The stream and the batch that brought the conflict.
    pub arrived: (i32, u64),
    /// Key and content, where it is the one that arrived; none: the stored version loses.
    pub version: Option<(&'a [u8], &'a str)>,
}

/// Keeps a version that lost. Before the winner is written, because it may be the stored one.
pub async fn keep_lost(db: &impl Sql, lost: &Lost<'_>) -> Result<(), StoreError> {
    let sql = "
        insert into entity_conflict (customer_id, kind, entity_id, why, stream_id, batch, order_key,
            payload, found_at)
        select customer_id, kind, entity_id, $4, $5, $6, coalesce($7, order_key),
            coalesce($8, payload), now()
        from (select $1::bigint as customer_id, $2::text as kind, $3::text as entity_id) k
        left join entity using (customer_id, kind, entity_id)";
    let (order_key, payload) = lost.version.unzip();
    let batch = super::bigint(lost.arrived.1);
    db.run(
        sql,
        &[
            &lost.key.0.as_i64(),
            &lost.key.1,
            &lost.key.2,
            &lost.why,
            &lost.arrived.0,
            &batch,
            &order_key,
            &payload,
        ],
    )
    .await?;
    Ok(())
}

/// All that these customers have, in the order of customers.
pub async fn of_customers(
    db: &impl Sql,
    customers: &[i64],
) -> Result<Vec<(CustomerId, wire::Entity)>, StoreError> {
    let sql = "
        select * from entity where customer_id = any($1)
        order by customer_id, kind, entity_id";
    db.rows(sql, &[&customers]).await?.iter().map(whole).collect()
}

fn whole(row: &Row) -> Result<(CustomerId, wire::Entity), StoreError> {
    let held = held(row)?;
    let payload: &str = row.get("payload");
    let entity = wire::Entity {
        kind: row.get("kind"),
        entity_id: row.get("entity_id"),
        order_key: hex::encode(&held.order_key),
        final_: held.final_,
        open: held.open,
        late: held.late,
        generation: held.generation,
        marks: to_wire(held.marks),
        payload: serde_json::from_str(payload).ok().ok_or_else(unreadable("payload"))?,
    };
    Ok((CustomerId::from_i64(row.get("customer_id")), entity))
}

fn held(row: &Row) -> Result<Held, StoreError> {
    let generation = |column: &str| Generation::from_i64(row.get(column));
    let fingerprint: &[u8] = row.get("fingerprint");
    Ok(Held {
        order_key: row.get("order_key"),
        final_: row.get("final"),
        open: row.get("open"),
        late: row.get("late"),
        generation: generation("generation"),
        marks: Marks {
            cancel_requested: row.get("cancel_requested"),
            unfenced: row.get("unfenced"),
            conflict: row.get("conflict"),
            asked: Asked { asked: generation("asked"), answered: generation("answered") },
            cancel_asked: Asked {
                asked: generation("cancel_asked"),
                answered: generation("cancel_answered"),
            },
        },
        ending: row.get("ending"),
        fingerprint: fingerprint.try_into().ok().ok_or_else(unreadable("fingerprint"))?,
        writes: row.get("writes"),
    })
}

/// Marks as they travel.
pub fn to_wire(marks: Marks) -> wire::Marks {
    wire::Marks {
        cancel_requested: marks.cancel_requested,
        unfenced: marks.unfenced,
        conflict: marks.conflict,
        asked: marks.asked.asked,
        answered: marks.asked.answered,
        cancel_asked: marks.cancel_asked.asked,
        cancel_answered: marks.cancel_asked.answered,
    }
}
