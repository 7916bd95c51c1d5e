//! Customers as the block knows them.

use common::join::session::Epoch;
use common::{BlockName, CustomerId, Generation, Phone};
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use tokio_postgres::Row;

use super::challenge::Challenge;
use super::session::epoch;
use crate::block::Scope;

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Whose rows these are.
    pub scope: Scope,
    /// The router's count of changes.
    pub revision: i64,
    /// Lower case.
    pub login: String,
    /// Where codes are sent.
    pub phone: Phone,
    /// First and last name.
    pub name: String,
    /// argon2id, in PHC format.
    pub password_hash: String,
    /// Sessions of an older epoch are dead.
    pub epoch: Epoch,
    /// Raised by every change.
    pub version: i64,
    /// Under which generation it was last written.
    pub key_generation: Generation,
    /// The generation under which he was last loaded here.
    pub loaded: Option<Generation>,
}

/// The customer with this id, if the block knows him. The way in: it makes the scope.
pub async fn find(db: &Connection, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let sql = "select * from customer where customer_id = $1";
    db.row_opt(sql, &[&id.as_i64()]).await?.as_ref().map(read).transpose()
}

/// The customer who answers a challenge.
pub async fn of_challenge(
    tx: &Transaction<'_>,
    challenge: &Challenge,
) -> Result<Option<Customer>, StoreError> {
    let sql = "select * from customer where customer_id = $1";
    tx.row_opt(sql, &[&challenge.customer.as_i64()]).await?.as_ref().map(read).transpose()
}

/// What the router says of a customer.
#[derive(Clone, Debug)]
pub struct Profile<'a> {
    /// The directory's count of changes.
    pub revision: i64,
    /// Lower case.
    pub login: &'a str,
    /// Where codes are sent.
    pub phone: &'a Phone,
    /// First and last name.
    pub name: &'a str,
}

/// The next epoch, raised under the generation `$3` (`common::join::session::Epoch::raised`).
macro_rules! raised {
    () => {
        "session_epoch = case when $3 <= epoch_generation then session_epoch + 1 else 1 end,
        epoch_generation = greatest(epoch_generation, $3)"
    };
}

/// Takes a new customer in, whom nobody else has served under an older generation than this one;
/// gives him, or nothing if he is known.
pub async fn insert(
    tx: &Transaction<'_>,
    scope: &Scope,
    profile: &Profile<'_>,
    password_hash: &str,
    generation: Generation,
) -> Result<Option<Customer>, StoreError> {
    let sql = "
        insert into customer (customer_id, home, slice, revision, login, phone, name,
            password_hash, loaded_generation, key_generation)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        on conflict on constraint customer_pkey do nothing
        returning *";
    let row = tx
        .row_opt(
            sql,
            &[
                &scope.customer.as_i64(),
                &scope.home.as_str(),
                &i16::from(scope.slice.number()),
                &profile.revision,
                &profile.login,
                &profile.phone.as_str(),
                &profile.name,
                &password_hash,
                &generation.as_i64(),
            ],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// Follows the router's changes; gives the customer, or nothing if the revision is an older one.
pub async fn follow(
    tx: &Transaction<'_>,
    scope: &Scope,
    profile: &Profile<'_>,
    generation: Generation,
) -> Result<Option<Customer>, StoreError> {
    let sql = "
        update customer set revision = $3, login = $4, phone = $5, name = $6,
            version = version + 1, key_generation = $7
        where customer_id = $1 and home = $2 and revision < $3
        returning *";
    let row = tx
        .row_opt(
            sql,
            &[
                &scope.customer.as_i64(),
                &scope.home.as_str(),
                &profile.revision,
                &profile.login,
                &profile.phone.as_str(),
                &profile.name,
                &generation.as_i64(),
            ],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// Sets a new password, and with it the epoch that ends every session. Gives the customer.
pub async fn set_password(
    tx: &Transaction<'_>,
    scope: &Scope,
    password_hash: &str,
    generation: Generation,
) -> Result<Customer, StoreError> {
    let sql = concat!(
        "update customer set password_hash = $4, version = version + 1, key_generation = $3, ",
        raised!(),
        " where customer_id = $1 and home = $2 returning *"
    );
    let (customer, home) = (scope.customer.as_i64(), scope.home.as_str());
    read(&tx.row(sql, &[&customer, &home, &generation.as_i64(), &password_hash]).await?)
}

/// Ends every session by raising the epoch, under `generation`. Gives the customer.
pub async fn raise_epoch(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
) -> Result<Customer, StoreError> {
    let sql = concat!(
        "update customer set ",
        raised!(),
        " where customer_id = $1 and home = $2 returning *"
    );
    let (customer, home) = (scope.customer.as_i64(), scope.home.as_str());
    read(&tx.row(sql, &[&customer, &home, &generation.as_i64()]).await?)
}

pub(super) fn read(row: &Row) -> Result<Customer, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "customer" };
    let home: String = row.get("home");
    let phone: String = row.get("phone");
    let home = BlockName::try_from(home).map_err(|_| unreadable())?;
    let generation = |column| Generation::from_i64(row.get(column));
    Ok(Customer {
        scope: Scope::new(CustomerId::from_i64(row.get("customer_id")), home),
        revision: row.get("revision"),
        login: row.get("login"),
        phone: phone.parse().map_err(|_| unreadable())?,
        name: row.get("name"),
        password_hash: row.get("password_hash"),
        epoch: epoch(generation("epoch_generation"), row.get("session_epoch")),
        version: row.get("version"),
        key_generation: generation("key_generation"),
        loaded: row.get::<_, Option<i64>>("loaded_generation").map(Generation::from_i64),
    })
}
