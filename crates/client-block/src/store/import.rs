//! Many customers at once.

use platform::StoreError;
use platform::pg::{Connection, Sql};

use crate::import::Line;

/// Inserts the customers that are not known yet; gives their number. One statement over arrays.
pub async fn customers(db: &mut Connection, lines: &[Line]) -> Result<u64, StoreError> {
    let column = |get: fn(&Line) -> &str| lines.iter().map(get).collect::<Vec<&str>>();
    let ids: Vec<i64> = lines.iter().map(|line| line.customer_id.as_i64()).collect();
    let slices: Vec<i16> = lines.iter().map(|line| i16::from(line.slice().number())).collect();
    let sql = "
        insert into customer (customer_id, home, slice, revision, login, phone, name,
            password_hash)
        select id, home, slice, 1, login, phone, name, hash
        from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[],
            $7::text[]) as line (id, home, slice, login, phone, name, hash)
        on conflict on constraint customer_pkey do nothing";
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
        ],
    )
    .await
}
