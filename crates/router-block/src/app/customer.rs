//! `GET /ops/v1/customers/{id}`: a customer as the directory knows him.

use common::problem::Code;
use common::wire::router::DirectoryEntry;
use common::{CustomerId, SliceId};
use platform::{Failure, StoreError};

use crate::shared::Shared;
use crate::store::customers::{self, Customer, State};

/// The directory's entry.
pub async fn customer(shared: &Shared, id: CustomerId) -> Result<DirectoryEntry, Failure> {
    let mut connection = shared.db.acquire().await?;
    let found = customers::by_id(&mut connection, id).await?;
    Ok(entry(&active(found)?))
}

/// The customer, if he is one already.
pub(super) fn active(found: Option<Customer>) -> Result<Customer, Failure> {
    found
        .filter(|customer| customer.state == State::Active)
        .ok_or_else(|| Code::CustomerUnknown.into())
}

/// What is said of a customer.
pub(super) fn entry(customer: &Customer) -> DirectoryEntry {
    DirectoryEntry {
        customer_id: customer.id,
        login: customer.profile.login.clone(),
        phone: customer.profile.phone.clone(),
        name: customer.profile.name.clone(),
        home: customer.home.clone(),
        slice: SliceId::of(customer.id).number(),
        cohort: customer.profile.cohort,
        settled: customer.settled_revision >= customer.revision,
    }
}

/// A statement that failed because somebody else has the login or the phone.
pub(super) fn taken(error: StoreError) -> Failure {
    match error.constraint() {
        Some("customer_login_unique") => Code::LoginTaken.into(),
        Some("customer_phone_unique") => Code::PhoneTaken.into(),
        _ => error.into(),
    }
}
