//! Customers come from the router: a new one, or a change of login, phone or name. Idempotent by
//! the directory's revision.

use common::login::normal_login;
use common::problem::{Code, Refusal};
use common::wire::block::PutCustomer;
use common::{CustomerId, Generation};
use platform::Failure;

use super::{entities, gate, routers};
use crate::block::{Block, Scope};
use crate::store;
use crate::store::customer::Profile;

/// Takes in what a router says of a customer of this block, under the generation that it `carried`.
pub async fn put(
    block: &Block,
    id: CustomerId,
    put: PutCustomer,
    carried: Option<Generation>,
) -> Result<(), Failure> {
    if id.0 == 0 || i64::try_from(id.0).is_err() {
        return Err(Refusal::new(Code::InvalidQuery).detail("customer ids begin with 1").into());
    }
    check(&put)?;
    let scope = Scope::new(id, block.name.clone());
    let connection = block.db.connection().await?;
    let known = store::customer::find(&connection, id).await?;
    drop(connection);
    // Hashed only where it is needed: a repeated call must not cost a core.
    let hash = match (&known, put.password) {
        (None, Some(password)) => {
            let place = block.passwords.place()?;
            Some(block.passwords.hash(&place, password).await?)
        }
        (None, None) => {
            let must = "is needed for a customer who is not known here";
            return Err(Refusal::new(Code::InvalidRequest).field("password", must).into());
        }
        (Some(_), _) => None,
    };
    let revision = i64::try_from(put.revision).unwrap_or(i64::MAX);
    let (login, name) = (put.login.as_str(), put.name.as_str());
    let profile = Profile { revision, login, phone: &put.phone, name };
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    routers::must_be_obeyed(&tx, carried).await?;
    let generation = gate::enter_for_new(block, &tx, &scope).await?;
    let mut changed = match &hash {
        Some(hash) => store::customer::insert(&tx, &scope, &profile, hash, generation).await?,
        None => None,
    };
    if changed.is_none() {
        changed = store::customer::follow(&tx, &scope, &profile, generation).await?;
    }
    if let Some(customer) = changed {
        let entity = entities::customer(generation, &customer);
        store::outbox::write(&tx, &scope, generation, &entity).await?;
    }
    Ok(tx.commit().await?)
}

/// The router has checked all of this; a mistake there must not end as an error of ours.
fn check(put: &PutCustomer) -> Result<(), Refusal> {
    let wrong =
        |field: &str, must: &str| Err(Refusal::new(Code::InvalidRequest).field(field, must));
    if i64::try_from(put.revision).map_or(true, |revision| revision < 1) {
        return wrong("revision", "must be 1 or more, and fit into 63 bits");
    }
    if normal_login(&put.login).as_ref() != Some(&put.login) {
        return wrong("login", "must be in the form in which logins are compared");
    }
    let length = put.name.chars().count();
    if !(1..=140).contains(&length) || put.name.chars().any(char::is_control) {
        return wrong("name", "must have 1 to 140 characters and no control characters");
    }
    Ok(())
}
