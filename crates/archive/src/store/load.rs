//! Loads: who has shown a customer a view, and under which generation.

use std::collections::BTreeMap;

use common::archive::asked::Load;
use common::incarnation::StreamId;
use common::{BlockName, CustomerId, Generation, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use time::OffsetDateTime;

use super::{columns, incarnation, name, slice_number, slice_of};

/// The loads of these customers.
pub async fn of_customers(
    db: &impl Sql,
    ids: &[i64],
) -> Result<BTreeMap<CustomerId, Vec<Load>>, StoreError> {
    let sql = "
        select l.customer_id, l.generation, s.block, s.incarnation
        from customer_load l join stream s using (stream_id) where l.customer_id = any($1)";
    let mut loads: BTreeMap<CustomerId, Vec<Load>> = BTreeMap::new();
    for row in db.rows(sql, &[&ids]).await? {
        let by = StreamId {
            block: name(&row, "block")?,
            incarnation: incarnation(&row, "incarnation")?,
        };
        let load = (Some(by), Generation::from_i64(row.get("generation")));
        loads.entry(CustomerId::from_i64(row.get("customer_id"))).or_default().push(load);
    }
    Ok(loads)
}

/// The loads that count for everybody in these slices.
pub async fn of_slices(
    db: &impl Sql,
    slices: &[(BlockName, SliceId)],
) -> Result<BTreeMap<(BlockName, SliceId), Vec<Load>>, StoreError> {
    let sql = "
        select l.* from unnest($1::text[], $2::smallint[]) as wanted (home, slice)
        join slice_load l on l.home = wanted.home and l.slice = wanted.slice";
    let (homes, numbers) = columns(slices);
    let mut loads: BTreeMap<(BlockName, SliceId), Vec<Load>> = BTreeMap::new();
    for row in db.rows(sql, &[&homes, &numbers]).await? {
        let load = (None, Generation::from_i64(row.get("generation")));
        let place = (name(&row, "home")?, slice_of(row.get("slice"))?);
        loads.entry(place).or_default().push(load);
    }
    Ok(loads)
}

/// Writes down that a stream has loaded these customers under a generation, once.
pub async fn put(
    db: &impl Sql,
    stream: i32,
    customers: &[i64],
    generation: Generation,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into customer_load (customer_id, stream_id, generation, loaded_at)
        select c, $2, $3, $4 from unnest($1::bigint[]) as c
        on conflict on constraint customer_load_pkey do nothing";
    db.run(sql, &[&customers, &stream, &generation.as_i64(), &OffsetDateTime::from(now)]).await?;
    Ok(())
}

/// Everybody in the slice counts as loaded under this.
pub async fn put_slice(
    db: &impl Sql,
    (home, slice): &(BlockName, SliceId),
    generation: Generation,
) -> Result<(), StoreError> {
    let sql = "
        insert into slice_load (home, slice, generation) values ($1, $2, $3)
        on conflict on constraint slice_load_pkey do nothing";
    db.run(sql, &[&home.as_str(), &slice_number(*slice), &generation.as_i64()]).await?;
    Ok(())
}
