//! `PUT /ops/v1/customers/{id}/login` and `/phone`: the router owns both.
//!
//! From the commit on the old key routes nobody. Home block and payee directory are told within
//! the request if they answer, by the settler otherwise.

use common::problem::{Code, Refusal};
use common::wire::router::DirectoryEntry;
use common::{CustomerId, Phone};
use platform::Failure;

use super::customer::{active, entry, taken};
use super::input;
use super::tell::{Untold, settle};
use crate::shared::Shared;
use crate::store::{changes, customers};

/// A key, new.
#[derive(Clone, Debug)]
pub enum NewKey {
    /// A login, as typed.
    Login(String),
    /// A phone.
    Phone(Phone),
}

/// Gives a customer a new login or phone. The same one again changes nothing.
pub async fn change(
    shared: &Shared,
    id: CustomerId,
    new: NewKey,
) -> Result<DirectoryEntry, Failure> {
    let new = checked(new)?;
    shared.must_lead()?;
    let mut tx = shared.db.begin().await?;
    changes::lock(&mut tx).await?;
    let before = active(customers::by_id(&mut tx, id).await?)?;
    let mut now = before.clone();
    match new {
        NewKey::Login(login) => now.profile.login = login,
        NewKey::Phone(phone) => now.profile.phone = phone,
    }
    if now.profile == before.profile {
        return Ok(entry(&before));
    }
    let (login, phone) = (&now.profile.login, &now.profile.phone);
    customers::set_keys(&mut tx, id, login, phone, shared.own_telling()).await.map_err(taken)?;
    now.revision += 1;
    let number = changes::append(&mut tx, Some(&before), &now).await?;
    tx.commit().await?;
    shared.index_has(number).await;
    if settle(shared, &now, Untold::Both).await? {
        now.settled_revision = now.revision;
    }
    Ok(entry(&now))
}

fn checked(new: NewKey) -> Result<NewKey, Refusal> {
    match new {
        NewKey::Login(typed) => input::login(&typed)
            .map(NewKey::Login)
            .ok_or_else(|| Refusal::new(Code::InvalidRequest).field("login", input::LOGIN_RULE)),
        NewKey::Phone(phone) => Ok(NewKey::Phone(phone)),
    }
}
