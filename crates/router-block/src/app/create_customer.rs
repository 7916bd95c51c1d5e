//! `POST /ops/v1/customers`: a new customer.
//!
//! The router keeps nothing of a password. So the home block, which needs it, is asked within the
//! request, and a customer whose block does not answer is not created; the payee directory needs
//! no secret and may be told later. In order, each step safe to repeat:
//!
//! 1. *Reserve*: a row that takes id, login and phone, and is not routed.
//! 2. *Home*: the block stores profile and password. If it surely did not, and no other request
//!    works on this reservation, the reservation is taken back and nothing has changed. If nobody
//!    knows (the answer was lost), the reservation stays: the same request again goes on from it,
//!    under the same id. The first password that reached the block counts.
//! 3. *Activate*: the row becomes a customer, and a change in the feed puts him into every index.
//! 4. *Payee directory*: now, or by the settler.
//!
//! No transaction is open during a call.

use common::problem::{Class, Code, Refusal};
use common::wire::router::{Cohort, DirectoryEntry, NewCustomer};
use common::{BlockName, CustomerId};
use platform::rpc::CallError;
use platform::{Failure, StoreError};

use super::customer::{entry, taken};
use super::input;
use super::tell::{self, Untold, settle};
use crate::blocks::Role;
use crate::shared::Shared;
use crate::store::customers::{Customer, Profile, State};
use crate::store::{changes, customers};

/// What became of the wish.
#[derive(Clone, Debug)]
pub enum Creation {
    /// A new customer.
    Created(DirectoryEntry),
    /// The same request was fulfilled before.
    Known(DirectoryEntry),
}

/// A reservation changes under our hands at most by requests for the same customer.
const TRIES: usize = 4;

/// Creates a customer.
pub async fn create(shared: &Shared, new: &NewCustomer) -> Result<Creation, Failure> {
    let profile = input::profile(new)?;
    shared.must_lead()?;
    if !shared.ready.is_set() {
        return Err(Refusal::new(Code::NotReady).retry_after_ms(1_000).into());
    }
    let customer = match reserve(shared, &profile).await? {
        Reservation::Begun(customer) => customer,
        Reservation::Finished(customer) => return Ok(Creation::Known(entry(&customer))),
    };
    if let Err(failure) = tell::home(shared, &customer, Some(&new.password)).await {
        return Err(not_created(shared, customer.id, failure).await?);
    }
    let Some(mut customer) = activate(shared, customer.id).await? else {
        return finished_by_another(shared, customer.id).await;
    };
    if settle(shared, &customer, Untold::Gateway).await? {
        customer.settled_revision = customer.revision;
    }
    Ok(Creation::Created(entry(&customer)))
}

enum Reservation {
    Begun(Customer),
    Finished(Customer),
}

async fn reserve(shared: &Shared, profile: &Profile) -> Result<Reservation, Failure> {
    let home = place(shared, profile.cohort)?;
    let mut connection = shared.db.acquire().await?;
    for _ in 0..TRIES {
        let login = &profile.login;
        let found = customers::by_login_or_phone(&mut connection, login, &profile.phone).await?;
        if let Some(customer) = same(&found, profile)? {
            if customer.state == State::Active {
                return Ok(Reservation::Finished(customer.clone()));
            }
            if customers::join(&mut connection, customer.id).await? {
                return Ok(Reservation::Begun(customer.clone()));
            }
            continue;
        }
        match customers::reserve(&mut connection, profile, &home).await {
            Ok(id) => {
                return Ok(Reservation::Begun(Customer {
                    id,
                    profile: profile.clone(),
                    home,
                    state: State::Reserved,
                    revision: 1,
                    settled_revision: 0,
                }));
            }
            // Somebody was quicker: look again, it may be the same wish.
            Err(error) if error.constraint().is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refusal::new(Code::Busy).retry_after_ms(100).into())
}

/// The customer that was wished for, if he is among those with his login or phone.
fn same<'a>(found: &'a [Customer], wished: &Profile) -> Result<Option<&'a Customer>, Failure> {
    let equal = found.iter().find(|customer| customer.profile == *wished);
    if equal.is_some() || found.is_empty() {
        return Ok(equal);
    }
    if found.iter().any(|other| other.profile.login == wished.login) {
        return Err(Code::LoginTaken.into());
    }
    Err(Code::PhoneTaken.into())
}

/// The home with most room among those for this cohort.
fn place(shared: &Shared, cohort: Cohort) -> Result<BlockName, Failure> {
    let wanted = match cohort {
        Cohort::Regular => Role::Client,
        Cohort::Staff | Cohort::Loyal => Role::Pilot,
    };
    let room = |home: &crate::shared::Home| {
        let block = shared.blocks.get(&home.name)?;
        let customers = shared.index.customers_of(home.number);
        let room = block.capacity.saturating_sub(customers);
        (block.role == wanted && room > 0).then(|| (room, home.name.clone()))
    };
    let roomiest = shared.homes.iter().filter_map(room).max_by_key(|(room, _)| *room);
    let (_, home) = roomiest.ok_or(Code::NoRoom)?;
    Ok(home)
}

/// The home block did not take the customer: what to say, and whether the reservation goes.
async fn not_created(
    shared: &Shared,
    id: CustomerId,
    failure: Failure,
) -> Result<Failure, Failure> {
    let Failure::Call(error) = failure else {
        return Ok(failure);
    };
    let surely_not = error.surely_not_done() || error.problem().is_some();
    if surely_not {
        let mut connection = shared.db.acquire().await?;
        customers::release(&mut connection, id).await?;
    }
    Ok(said(&error, surely_not))
}

fn said(error: &CallError, surely_not: bool) -> Failure {
    let customers_own =
        |code: &&Code| matches!(code, Code::LoginTaken | Code::PhoneTaken | Code::RouterSuperseded);
    if let Some(problem) = error.problem() {
        let known = Code::ALL.iter().find(|code| code.as_str() == problem.code);
        if let Some(code) = known.filter(customers_own) {
            return Refusal::new(*code).detail(problem.detail.clone()).into();
        }
        let passes = |code: &&Code| {
            matches!(code.class(), Class::Unavailable | Class::TooMany | Class::TimedOut)
        };
        if known.is_none_or(|code| !passes(&code)) {
            let code = &problem.code;
            return Failure::Broken(format!("the home block refused a new customer: {code}"));
        }
    }
    let detail = if surely_not {
        "The home block does not answer; nothing was changed. Try again later."
    } else {
        "The home block did not answer in time. Send the same request again: it goes on from there."
    };
    let refusal = Refusal::new(Code::BackOfficeUnavailable).detail(detail);
    refusal.retry_after_ms(2_000).into()
}

/// Makes a customer of the reservation; `None` if another request was quicker.
async fn activate(shared: &Shared, id: CustomerId) -> Result<Option<Customer>, Failure> {
    let mut tx = shared.db.begin().await?;
    changes::lock(&mut tx).await?;
    if !customers::activate(&mut tx, id, shared.own_telling()).await? {
        return Ok(None);
    }
    let customer = customers::by_id(&mut tx, id).await?;
    let customer = customer.ok_or(StoreError::Unreadable { what: "customer" })?;
    let number = changes::append(&mut tx, None, &customer).await?;
    tx.commit().await.map_err(|error| taken(error.into()))?;
    shared.index_has(number).await;
    Ok(Some(customer))
}

async fn finished_by_another(shared: &Shared, id: CustomerId) -> Result<Creation, Failure> {
    let known = super::customer::customer(shared, id).await?;
    Ok(Creation::Known(known))
}
