//! Customers as the block knows them.

use common::{BlockName, CustomerId, Generation, Phone};
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use tokio_postgres::Row;

use super::challenge::Challenge;
use crate::block::Scope;

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Whose rows these are.
    pub scope: Scope,
    /// The router's count of changes.
    pub revision: i64,
    /// Where codes are sent.
    pub phone: Phone,
    /// First and last name.
    pub name: String,
    /// argon2id, in PHC format.
    pub password_hash: String,
    /// Sessions of an older epoch are dead.
    pub session_epoch: i64,
    /// The generation under which he was last loaded here.
    pub loaded: Option<Generation>,
}

/// The customer with this id, if the block knows him. The way in: it makes the scope.
pub async fn find(db: &Connection, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let sql = "
        select customer_id, home, revision, phone, name, password_hash, session_epoch,
            loaded_generation
        from customer where customer_id = $1";
    db.row_opt(sql, &[&id.as_i64()]).await?.as_ref().map(read).transpose()
}

/// The customer who answers a challenge.
pub async fn of_challenge(
    tx: &Transaction<'_>,
    challenge: &Challenge,
) -> Result<Option<Customer>, StoreError> {
    let sql = "
        select customer_id, home, revision, phone, name, password_hash, session_epoch,
            loaded_generation
        from customer where customer_id = $1";
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

/// Takes a new customer in, whom nobody else has served under an older generation than this one;
/// nothing changes if he is known.
pub async fn insert(
    tx: &Transaction<'_>,
    scope: &Scope,
    profile: &Profile<'_>,
    password_hash: &str,
    generation: Generation,
) -> Result<bool, StoreError> {
    let sql = "
        insert into customer (customer_id, home, slice, revision, login, phone, name,
            password_hash, loaded_generation)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict on constraint customer_pkey do nothing";
    let changed = tx
        .run(
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
    Ok(changed == 1)
}

/// Follows the router's changes; an older revision changes nothing. Gives the entity's version.
pub async fn follow(
    tx: &Transaction<'_>,
    scope: &Scope,
    profile: &Profile<'_>,
) -> Result<Option<i64>, StoreError> {
    let sql = "
        update customer set revision = $3, login = $4, phone = $5, name = $6,
            version = version + 1
        where customer_id = $1 and home = $2 and revision < $3
        returning version";
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
            ],
        )
        .await?;
    Ok(row.map(|row| row.get("version")))
}

/// Sets a new password and ends every session by raising the epoch. Gives epoch and version.
pub async fn set_password(
    tx: &Transaction<'_>,
    scope: &Scope,
    password_hash: &str,
) -> Result<(i64, i64), StoreError> {
    let sql = "
        update customer set password_hash = $3, session_epoch = session_epoch + 1,
            version = version + 1
        where customer_id = $1 and home = $2
        returning session_epoch, version";
    let (customer, home) = (scope.customer.as_i64(), scope.home.as_str());
    let row = tx.row(sql, &[&customer, &home, &password_hash]).await?;
    Ok((row.get("session_epoch"), row.get("version")))
}

/// Ends every session by raising the epoch. Gives epoch and version.
pub async fn raise_epoch(tx: &Transaction<'_>, scope: &Scope) -> Result<(i64, i64), StoreError> {
    let sql = "
        update customer set session_epoch = session_epoch + 1, version = version + 1
        where customer_id = $1 and home = $2
        returning session_epoch, version";
    let row = tx.row(sql, &[&scope.customer.as_i64(), &scope.home.as_str()]).await?;
    Ok((row.get("session_epoch"), row.get("version")))
}

fn read(row: &Row) -> Result<Customer, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "customer" };
    let home: String = row.get("home");
    let phone: String = row.get("phone");
    let home = BlockName::try_from(home).map_err(|_| unreadable())?;
    Ok(Customer {
        scope: Scope::new(CustomerId::from_i64(row.get("customer_id")), home),
        revision: row.get("revision"),
        phone: phone.parse().map_err(|_| unreadable())?,
        name: row.get("name"),
        password_hash: row.get("password_hash"),
        session_epoch: row.get("session_epoch"),
        loaded: row.get::<_, Option<i64>>("loaded_generation").map(Generation::from_i64),
    })
}
