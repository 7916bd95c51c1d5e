//! Many customers at once.

use platform::StoreError;
use platform::pg::{Connection, Sql};
use serde_json::Value;

use crate::import::Line;

/// A customer's line in the outbox, as it is written under the first generation.
#[derive(Clone, Debug)]
pub struct Told {
    /// The entity's kind, and its id within the customer.
    pub kind: &'static str,
    /// The key of the first version.
    pub order_key: Vec<u8>,
    /// The content, customer by customer.
    pub payloads: Vec<Value>,
}

/// Inserts the customers that are not known yet, each with his line in the outbox (I6): whoever
/// takes him over has him from there. Gives their number. One statement over arrays.
pub async fn customers(
    db: &mut Connection,
    lines: &[Line],
    told: &Told,
) -> Result<u64, StoreError> {
    let column = |get: fn(&Line) -> &str| lines.iter().map(get).collect::<Vec<&str>>();
    let ids: Vec<i64> = lines.iter().map(|line| line.customer_id.as_i64()).collect();
    let slices: Vec<i16> = lines.iter().map(|line| i16::from(line.slice().number())).collect();
    let sql = "
        with line as (
            select * from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[],
                $6::text[], $7::text[], $8::jsonb[])
                as line (id, home, slice, login, phone, name, hash, payload)),
        new as (
            insert into customer (customer_id, home, slice, revision, login, phone, name,
                password_hash)
            select id, home, slice, 1, login, phone, name, hash from line
            on conflict on constraint customer_pkey do nothing
            returning customer_id)
        insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key,
            open, final, payload)
        select id, home, slice, 1, $9, $9, $10, false, false, payload
        from line join new on new.customer_id = line.id order by id";
    db.run(
        sql,
        &[
            &ids,
            &column(|line| line.home.as_str()),
            &slices,
            &column(|line| &line.login),
            &column(|line| line.phone.as_str()),
            &column(|line| &line.name),
            &column(|line| &line.password_hash),
            &told.payloads,
            &told.kind,
            &told.order_key,
        ],
    )
    .await
}
