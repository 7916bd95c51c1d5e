//! Counts for the report: asked for by people and by moves, not by customers.

use common::{BlockName, Generation, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::{GenericClient, Sql};
use time::OffsetDateTime;

/// Open sessions of customers whose slices `owner` serves.
pub async fn sessions(
    db: &impl GenericClient,
    owner: &BlockName,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "
        select count(*) as open from session s
        join customer c on c.customer_id = s.customer_id
        join placement p on p.home = c.home and p.slice = c.slice and p.owner = $1
        left join handed_over h
            on h.customer_id = c.customer_id and h.generation > p.generation
        where s.revoked_at is null and s.expires_at > $2 and s.idle_until > $2
            and s.epoch = c.session_epoch and s.epoch_generation = c.epoch_generation
            and s.generation >= p.sessions_from_generation and h.customer_id is null";
    Ok(db.row(sql, &[&owner.as_str(), &OffsetDateTime::from(now)]).await?.get("open"))
}

/// Customers of a slice who have yet to be loaded under `since`, as far as there are rows of them
/// here, and unfinished operations begun under an older generation.
pub async fn to_load(
    db: &impl GenericClient,
    (home, slice): (&BlockName, SliceId),
    since: Generation,
) -> Result<(i64, i64), StoreError> {
    let sql = "
        select (select count(*) from customer
                where home = $1 and slice = $2
                    and coalesce(loaded_generation, 0) < $3) as customers,
            (select count(*) from operation_token t join operation o
                on o.operation_id = t.operation_id
                where t.home = $1 and t.slice = $2 and o.generation < $3) as unfinished";
    let slice = i16::from(slice.number());
    let row = db.row(sql, &[&home.as_str(), &slice, &since.as_i64()]).await?;
    Ok((row.get("customers"), row.get("unfinished")))
}
