//! Counts for the report: asked for by people and by moves, not by customers.

use common::{BlockName, Generation, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::{GenericClient, Sql};
use time::OffsetDateTime;
use tokio_postgres::Row;

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

/// The slices that `owner` gives up, each with its open sessions.
pub async fn draining(
    db: &impl GenericClient,
    owner: &BlockName,
    now: Timestamp,
) -> Result<Vec<(BlockName, SliceId, i64)>, StoreError> {
    let sql = "
        select p.home, p.slice, count(s.customer_id) filter (where h.customer_id is null) as open
        from placement p
        left join (
            customer c join session s on s.customer_id = c.customer_id
                and s.revoked_at is null and s.expires_at > $2 and s.idle_until > $2
                and s.epoch = c.session_epoch and s.epoch_generation = c.epoch_generation
        ) on c.home = p.home and c.slice = p.slice and s.generation >= p.sessions_from_generation
        left join handed_over h
            on h.customer_id = c.customer_id and h.generation > p.generation
        where p.owner = $1 and p.state = 'draining'
        group by p.home, p.slice order by p.home, p.slice";
    let rows = db.rows(sql, &[&owner.as_str(), &OffsetDateTime::from(now)]).await?;
    let one = |row: &Row| {
        let (home, slice): (String, i16) = (row.get("home"), row.get("slice"));
        let unreadable = || StoreError::Unreadable { what: "placement" };
        let slice = u8::try_from(slice).ok().and_then(|number| SliceId::try_from(number).ok());
        let home = BlockName::try_from(home).map_err(|_| unreadable())?;
        Ok((home, slice.ok_or_else(unreadable)?, row.get("open")))
    };
    rows.iter().map(one).collect()
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
