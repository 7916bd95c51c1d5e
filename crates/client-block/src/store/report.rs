//! Counts for the report: asked for by people and by moves, not by customers.

use common::{BlockName, SliceId, Timestamp};
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

/// What is left to load of a slice.
#[derive(Clone, Debug)]
pub struct Left {
    /// Its home.
    pub home: BlockName,
    /// Which.
    pub slice: SliceId,
    /// Customers who have yet to be loaded under the row's `owner_since`, as far as there are rows
    /// of them here.
    pub customers: i64,
    /// Unfinished operations begun under an older generation.
    pub unfinished: i64,
}

/// What is left to load of the slices that `owner` serves; nothing is said of those that are whole.
pub async fn to_load(db: &impl GenericClient, owner: &BlockName) -> Result<Vec<Left>, StoreError> {
    // The customers by an index that holds just this, so that what is loaded costs nothing; the
    // operations through their tokens.
    let sql = "
        with waiting as (
            select t.home, t.slice, count(*) as operations
            from operation_token t
            join operation o on o.operation_id = t.operation_id
            join placement p on p.home = t.home and p.slice = t.slice
            where p.owner = $1 and o.generation < p.owner_since
            group by t.home, t.slice),
        missing as (
            select p.home, p.slice, (select count(*) from customer c
                where c.home = p.home and c.slice = p.slice
                    and coalesce(c.loaded_generation, 0) < p.owner_since) as customers
            from placement p where p.owner = $1)
        select m.home, m.slice, m.customers, coalesce(w.operations, 0) as unfinished
        from missing m left join waiting w on w.home = m.home and w.slice = m.slice
        where m.customers > 0 or w.operations > 0
        order by m.home, m.slice";
    let unreadable = |_| StoreError::Unreadable { what: "slice" };
    let left = |row: &Row| {
        let (home, slice): (String, i16) = (row.get("home"), row.get("slice"));
        Ok(Left {
            home: BlockName::try_from(home).map_err(|_| StoreError::Unreadable { what: "home" })?,
            slice: u8::try_from(slice).map_err(unreadable).and_then(|n| {
                SliceId::try_from(n).map_err(|_| StoreError::Unreadable { what: "slice" })
            })?,
            customers: row.get("customers"),
            unfinished: row.get("unfinished"),
        })
    };
    db.rows(sql, &[&owner.as_str()]).await?.iter().map(left).collect()
}
