//! Customers: where they live, and to whom each was handed over.

use std::collections::BTreeMap;

use common::archive::late::HandedOver;
use common::{BlockName, CustomerId, Generation, SliceId};
use platform::StoreError;
use platform::pg::Sql;
use tokio_postgres::Row;

use super::{columns, name, name_opt, slice_number, slice_of};

/// A customer as the archive knows him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Where he lives.
    pub place: (BlockName, SliceId),
    /// His last HANDOVER.
    pub handed: Option<HandedOver>,
}

/// Customers by id.
pub type Customers = BTreeMap<CustomerId, Customer>;

/// Those of them who are known.
pub async fn of(db: &impl Sql, ids: &[i64]) -> Result<Customers, StoreError> {
    let sql = "select * from customer where customer_id = any($1)";
    let keyed = |row: &Row| {
        let handed = name_opt(row, "handed_to")?.map(|to| HandedOver {
            to,
            generation: Generation::from_i64(
                row.get::<_, Option<i64>>("handed_generation").unwrap_or(0),
            ),
        });
        let place = (name(row, "home")?, slice_of(row.get("slice"))?);
        Ok((CustomerId::from_i64(row.get("customer_id")), Customer { place, handed }))
    };
    db.rows(sql, &[&ids]).await?.iter().map(keyed).collect()
}

/// Writes customers with their last HANDOVER; where somebody lives does not change here.
pub async fn put(db: &impl Sql, customers: &[(CustomerId, &Customer)]) -> Result<(), StoreError> {
    if customers.is_empty() {
        return Ok(());
    }
    let sql = "
        insert into customer (customer_id, home, slice, handed_to, handed_generation)
        select * from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::bigint[])
        on conflict on constraint customer_pkey do update
        set handed_to = excluded.handed_to, handed_generation = excluded.handed_generation
        where excluded.handed_to is not null";
    let ids: Vec<i64> = customers.iter().map(|(id, _)| id.as_i64()).collect();
    let (homes, slices) = columns(customers.iter().map(|(_, customer)| &customer.place));
    let handed = customers.iter().map(|(_, customer)| customer.handed.as_ref());
    let to: Vec<Option<&str>> = handed.clone().map(|h| h.map(|h| h.to.as_str())).collect();
    let under: Vec<Option<i64>> = handed.map(|h| h.map(|h| h.generation.as_i64())).collect();
    db.run(sql, &[&ids, &homes, &slices, &to, &under]).await?;
    Ok(())
}

const LIVING: &str = "
    select customer_id from customer where home = $1 and slice = $2 and customer_id > $3
    order by customer_id limit $4";
const UNFINISHED: &str = "
    select distinct customer_id from entity
    where home = $1 and slice = $2 and open and kind = 'operation' and customer_id > $3
    order by customer_id limit $4";

/// Who lives in a slice, in order of the id; or only who has an unfinished operation.
pub async fn page(
    db: &impl Sql,
    (home, slice): (&BlockName, SliceId),
    after: CustomerId,
    open_only: bool,
    limit: u32,
) -> Result<Vec<CustomerId>, StoreError> {
    let sql = if open_only { UNFINISHED } else { LIVING };
    let (number, limit) = (slice_number(slice), i64::from(limit));
    let rows = db.rows(sql, &[&home.as_str(), &number, &after.as_i64(), &limit]).await?;
    Ok(rows.iter().map(|row| CustomerId::from_i64(row.get("customer_id"))).collect())
}
