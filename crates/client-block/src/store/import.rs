//! Many customers at once.

use platform::StoreError;
use platform::pg::{Connection, Sql};
use serde_json::Value;

use super::outbox::Entity;
use crate::import::Line;

/// Inserts the customers that are not known yet, each with his line in the outbox; gives their
/// number. One statement over arrays.
pub async fn customers(db: &mut Connection, lines: &[Line]) -> Result<u64, StoreError> {
    let column = |get: fn(&Line) -> &str| lines.iter().map(get).collect::<Vec<&str>>();
    let ids: Vec<i64> = lines.iter().map(|line| line.customer_id.as_i64()).collect();
    let slices: Vec<i16> = lines.iter().map(|line| i16::from(line.slice().number())).collect();
    let entities: Vec<Entity> = lines.iter().map(Line::entity).collect();
    let kinds: Vec<&str> = entities.iter().map(|entity| entity.kind).collect();
    let names: Vec<&str> = entities.iter().map(|entity| entity.id.as_str()).collect();
    let keys: Vec<&[u8]> = entities.iter().map(|entity| entity.order_key.as_slice()).collect();
    let payloads: Vec<&Value> = entities.iter().map(|entity| &entity.payload).collect();
    let sql = "
        with line as (
            select * from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[],
                $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[],
                $11::jsonb[]) as line (id, home, slice, login, phone, name, hash, kind, entity_id,
                order_key, payload)),
        new as (
            insert into customer (customer_id, home, slice, revision, login, phone, name,
                password_hash)
            select id, home, slice, 1, login, phone, name, hash from line
            on conflict on constraint customer_pkey do nothing
            returning customer_id)
        insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key,
            open, final, payload)
        select id, home, slice, 1, kind, entity_id, order_key, false, false, payload
        from line join new on new.customer_id = line.id";
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
            &kinds,
            &names,
            &keys,
            &payloads,
        ],
    )
    .await
}
