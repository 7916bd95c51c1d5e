//! Copies of customers of another home: what is left of whoever was served here.

use common::{BlockName, CustomerId, SliceId};
use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};

use crate::block::Scope;

/// How long the copy of a slice's row has stood as it is, in milliseconds.
pub async fn rests_for_ms(
    db: &impl GenericClient,
    (home, slice): (&BlockName, SliceId),
) -> Result<i64, StoreError> {
    let sql = "
        select (extract(epoch from now() - adopted_at) * 1000)::bigint as rests_ms
        from placement where home = $1 and slice = $2";
    let row = db.row(sql, &[&home.as_str(), &i16::from(slice.number())]).await?;
    Ok(row.get("rests_ms"))
}

/// Customers of a slice who have a copy here and no loosening that waits, at most so many.
pub async fn copies(
    db: &impl GenericClient,
    (home, slice): (&BlockName, SliceId),
    most: i64,
) -> Result<Vec<Scope>, StoreError> {
    let sql = "
        select customer_id from customer c
        where home = $1 and slice = $2 and not exists (select 1 from loosening l
            where l.customer_id = c.customer_id and l.applied is null)
        order by customer_id limit $3";
    let number = i16::from(slice.number());
    let rows = db.rows(sql, &[&home.as_str(), &number, &most]).await?;
    let scope = |id| Scope::new(CustomerId::from_i64(id), home.clone());
    Ok(rows.iter().map(|row| scope(row.get("customer_id"))).collect())
}

/// Removes a customer's copy, behind the gate. His lines in the outbox stay: they are the archive's
/// until the replay window is over (I7).
pub async fn remove(tx: &Transaction<'_>, scope: &Scope) -> Result<(), StoreError> {
    const IN_ORDER: [&str; 10] = [
        "delete from operation_token where customer_id = $1",
        "delete from confirmation c using operation o
            where o.customer_id = $1 and c.operation_id = o.operation_id",
        "delete from operation where customer_id = $1",
        "delete from template where customer_id = $1",
        "delete from session where customer_id = $1",
        "delete from device where customer_id = $1",
        "delete from login_challenge where customer_id = $1",
        "delete from loosening where customer_id = $1 and applied is not null",
        "delete from closed_customer where customer_id = $1",
        "delete from customer where customer_id = $1",
    ];
    for sql in IN_ORDER {
        tx.run(sql, &[&scope.customer.as_i64()]).await?;
    }
    Ok(())
}
