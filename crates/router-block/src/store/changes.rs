//! The feed of changes of the directory, which the index of every router process follows.
//!
//! Numbers grow in the order of commits: whoever appends takes an advisory lock first and holds it
//! to the end of his transaction, and PostgreSQL makes a transaction visible before it lets go of
//! its locks. So a reader that asks for what comes after n misses nothing. It costs that changes
//! of the directory commit one after the other, which are few.

use platform::StoreError;
use sqlx::{PgConnection, Row as _};

use super::customers::{Customer, Indexed, indexed};

/// Any constant that nothing else in this database uses.
const FEED_LOCK: i64 = 7_001;

/// Takes the feed for the running transaction. A statement of its own, before anything is read.
pub async fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock($1)").bind(FEED_LOCK).execute(connection).await?;
    Ok(())
}

/// A change of the directory.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its number.
    pub number: i64,
    /// Login and phone before; `None` for a new customer.
    pub before: Option<(String, String)>,
    /// The customer now.
    pub now: Indexed,
}

/// Appends a change under the lock and gives its number. `before` is what the customer had.
pub async fn append(
    connection: &mut PgConnection,
    before: Option<&Customer>,
    now: &Customer,
) -> Result<i64, StoreError> {
    let number = sqlx::query_scalar(
        "insert into customer_change
             (customer_id, old_login, old_phone, login, phone, home, cohort)
         values ($1, $2, $3, $4, $5, $6, $7) returning change_id",
    )
    .bind(now.id.as_i64())
    .bind(before.map(|customer| customer.profile.login.as_str()))
    .bind(before.map(|customer| customer.profile.phone.as_str()))
    .bind(&now.profile.login)
    .bind(now.profile.phone.as_str())
    .bind(now.home.as_str())
    .bind(now.profile.cohort.as_str())
    .fetch_one(connection)
    .await?;
    Ok(number)
}

/// The number of the last change that this transaction sees.
pub async fn last(connection: &mut PgConnection) -> Result<i64, StoreError> {
    // Pruned changes count: a feed that was emptied does not begin again.
    let number = sqlx::query_scalar(
        "select greatest(
                    (select coalesce(max(change_id), 0) from customer_change),
                    (select pruned_through from feed_state))",
    )
    .fetch_one(connection)
    .await?;
    Ok(number)
}

/// Changes after `number`, in order, at most `limit`; `None` when some of them were removed.
pub async fn after(
    connection: &mut PgConnection,
    number: i64,
    limit: u32,
) -> Result<Option<Vec<Change>>, StoreError> {
    let rows = sqlx::query(
        "select change_id, customer_id, old_login, old_phone, login, phone, home, cohort
           from customer_change where change_id > $1 order by change_id limit $2",
    )
    .bind(number)
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    // Asked afterwards: what was removed before the rows were read is noticed here.
    let pruned: i64 =
        sqlx::query_scalar("select pruned_through from feed_state").fetch_one(connection).await?;
    if pruned > number {
        return Ok(None);
    }
    let change = |row: &sqlx::postgres::PgRow| -> Result<Change, StoreError> {
        let login: Option<String> = row.try_get("old_login")?;
        let phone: Option<String> = row.try_get("old_phone")?;
        Ok(Change {
            number: row.try_get("change_id")?,
            before: login.zip(phone),
            now: indexed(row)?,
        })
    };
    rows.iter().map(change).collect::<Result<_, _>>().map(Some)
}

/// Removes at most `limit` changes older than `keep_hours`; says how many it removed.
pub async fn prune(
    connection: &mut PgConnection,
    keep_hours: u32,
    limit: u32,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "with first as materialized (select min(change_id) as id from customer_change),
         removed as (
             delete from customer_change
              where change_id >= (select id from first)
                and change_id < (select id from first) + $2
                and changed_at < now() - make_interval(hours => $1)
             returning change_id),
         noted as (
             update feed_state
                set pruned_through = greatest(pruned_through, (select max(change_id) from removed))
              where exists (select 1 from removed))
         select count(*) from removed",
    )
    .bind(i32::try_from(keep_hours).unwrap_or(i32::MAX))
    .bind(i64::from(limit))
    .fetch_one(connection)
    .await?;
    let removed: i64 = done.try_get(0)?;
    Ok(u64::try_from(removed).unwrap_or(0))
}
