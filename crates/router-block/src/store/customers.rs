//! Rows of the directory.

use std::time::Duration;

use common::wire::router::Cohort;
use common::{BlockName, CustomerId, Phone};
use futures_util::{Stream, TryStreamExt as _};
use platform::StoreError;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::parsed;

/// What a customer is called and how he is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Lower case; unique.
    pub login: String,
    /// Unique.
    pub phone: Phone,
    /// First and last name.
    pub name: String,
    /// His cohort.
    pub cohort: Cohort,
}

/// How far a customer's creation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// His home block may not know him yet; he is not routed.
    Reserved,
    /// A customer.
    Active,
}

/// A row of the directory.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Dense.
    pub id: CustomerId,
    /// Name and keys.
    pub profile: Profile,
    /// The block to which he belongs.
    pub home: BlockName,
    /// How far his creation is.
    pub state: State,
    /// Count of changes, from 1.
    pub revision: u64,
    /// The revision that home block and payee directory have.
    pub settled_revision: u64,
}

impl Customer {
    fn from_row(row: &PgRow) -> Result<Self, StoreError> {
        let cohort: String = row.try_get("cohort")?;
        let state: String = row.try_get("state")?;
        let unreadable = |what| StoreError::Unreadable { what };
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(Self {
            id: CustomerId::from_i64(row.try_get("customer_id")?),
            profile: Profile {
                login: row.try_get("login")?,
                phone: parsed(row.try_get("phone")?, "phone")?,
                name: row.try_get("name")?,
                cohort: Cohort::parse(&cohort).ok_or(unreadable("cohort"))?,
            },
            home: parsed(row.try_get("home")?, "home")?,
            state: if state == "active" { State::Active } else { State::Reserved },
            revision: count(row.try_get("revision")?),
            settled_revision: count(row.try_get("settled_revision")?),
        })
    }
}

/// One customer, reserved or active.
pub async fn by_id(
    connection: &mut PgConnection,
    id: CustomerId,
) -> Result<Option<Customer>, StoreError> {
    let row = sqlx::query(
        "select customer_id, login, phone, name, home, cohort, state, revision, settled_revision
           from customer where customer_id = $1",
    )
    .bind(id.as_i64())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(Customer::from_row).transpose()
}

/// Those who have this login or this phone: at most two.
pub async fn by_login_or_phone(
    connection: &mut PgConnection,
    login: &str,
    phone: &Phone,
) -> Result<Vec<Customer>, StoreError> {
    // Two look-ups by key; "or" would be one plan that the planner may get wrong.
    let rows = sqlx::query(
        "select customer_id, login, phone, name, home, cohort, state, revision, settled_revision
           from customer where login = $1
         union
         select customer_id, login, phone, name, home, cohort, state, revision, settled_revision
           from customer where phone = $2",
    )
    .bind(login)
    .bind(phone.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(Customer::from_row).collect()
}

/// Writes down a customer who is being created. Fails with a named constraint when login or phone
/// are taken.
pub async fn reserve(
    connection: &mut PgConnection,
    profile: &Profile,
    home: &BlockName,
) -> Result<CustomerId, StoreError> {
    let id = sqlx::query_scalar(
        "insert into customer (login, phone, name, home, cohort, state)
         values ($1, $2, $3, $4, $5, 'reserved') returning customer_id",
    )
    .bind(&profile.login)
    .bind(profile.phone.as_str())
    .bind(&profile.name)
    .bind(home.as_str())
    .bind(profile.cohort.as_str())
    .fetch_one(connection)
    .await?;
    Ok(CustomerId::from_i64(id))
}

/// Another request takes up a creation that was begun; `false` if it is gone or finished.
pub async fn join(connection: &mut PgConnection, id: CustomerId) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update customer set attempts = attempts + 1
          where customer_id = $1 and state = 'reserved'",
    )
    .bind(id.as_i64())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes back a creation of which nobody but the caller knows: no other request joined it.
pub async fn release(connection: &mut PgConnection, id: CustomerId) -> Result<(), StoreError> {
    sqlx::query(
        "delete from customer where customer_id = $1 and state = 'reserved' and attempts = 1",
    )
    .bind(id.as_i64())
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a creation; `false` if another request has ended it. The settler leaves the customer to
/// the caller for `own_time`.
pub async fn activate(
    connection: &mut PgConnection,
    id: CustomerId,
    own_time: Duration,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update customer set state = 'active', settle_after = now() + make_interval(secs => $2)
          where customer_id = $1 and state = 'reserved'",
    )
    .bind(id.as_i64())
    .bind(own_time.as_secs_f64())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a customer a login and a phone; his revision grows. The settler leaves him to the caller
/// for `own_time`.
pub async fn set_keys(
    connection: &mut PgConnection,
    id: CustomerId,
    login: &str,
    phone: &Phone,
    own_time: Duration,
) -> Result<(), StoreError> {
    sqlx::query(
        "update customer
            set login = $2, phone = $3, revision = revision + 1,
                settle_attempts = 0, settle_after = now() + make_interval(secs => $4)
          where customer_id = $1",
    )
    .bind(id.as_i64())
    .bind(login)
    .bind(phone.as_str())
    .bind(own_time.as_secs_f64())
    .execute(connection)
    .await?;
    Ok(())
}

/// What the index keeps of a customer.
#[derive(Clone, Debug)]
pub struct Indexed {
    /// Whose keys these are.
    pub id: CustomerId,
    /// Lower case.
    pub login: String,
    /// In international form.
    pub phone: String,
    /// His home block.
    pub home: String,
    /// His cohort.
    pub cohort: Cohort,
}

/// How many [`stream`] gives.
pub async fn count(connection: &mut PgConnection) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("select count(*) from customer where state = 'active'")
        .fetch_one(connection)
        .await?;
    Ok(count.unsigned_abs())
}

/// All customers, as they come from the disk.
pub fn stream(
    connection: &mut PgConnection,
) -> impl Stream<Item = Result<Indexed, StoreError>> + Send + '_ {
    sqlx::query(
        "select customer_id, login, phone, home, cohort from customer where state = 'active'",
    )
    .fetch(connection)
    .map_err(StoreError::from)
    .and_then(|row| std::future::ready(indexed(&row)))
}

pub(super) fn indexed(row: &PgRow) -> Result<Indexed, StoreError> {
    let cohort: &str = row.try_get("cohort")?;
    Ok(Indexed {
        id: CustomerId::from_i64(row.try_get("customer_id")?),
        login: row.try_get("login")?,
        phone: row.try_get("phone")?,
        home: row.try_get("home")?,
        cohort: Cohort::parse(cohort).ok_or(StoreError::Unreadable { what: "cohort" })?,
    })
}
