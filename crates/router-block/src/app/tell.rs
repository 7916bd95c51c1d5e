//! Telling a customer's home block and the gateway's payee directory what the directory has.
//!
//! Both compare revisions, so telling them twice or late does no harm; nothing here is done in a
//! transaction. Whoever could not be told is told again by the settler.

use std::time::Duration;

use common::CustomerId;
use common::wire::{block, gateway};
use platform::Failure;
use platform::failure::chain;
use platform::rpc::{CallError, Request};
use serde::de::IgnoredAny;

use super::lead::heed;
use crate::shared::Shared;
use crate::store::customers::{self, Customer};
use crate::store::settling;

/// Tells the home block; the password only when the customer is created.
pub async fn home(
    shared: &Shared,
    customer: &Customer,
    password: Option<&str>,
) -> Result<(), Failure> {
    let block = shared.blocks.get(&customer.home).ok_or_else(|| {
        Failure::Broken(format!("home block {} is not configured", customer.home))
    })?;
    let body = block::PutCustomer {
        revision: customer.revision,
        login: customer.profile.login.clone(),
        phone: customer.profile.phone.clone(),
        name: customer.profile.name.clone(),
        password: password.map(str::to_owned),
    };
    let request = Request::put(format!("/internal/v1/customers/{}", customer.id), &body)
        .by_router(shared.leading.generation());
    let within = Duration::from_millis(shared.config.settle.block_timeout_ms);
    match block.peer.call::<IgnoredAny, _>(request, within).await {
        Ok(_) => Ok(()),
        Err(error) => Err(heed(shared, error).await.into()),
    }
}

async fn gateway(shared: &Shared, customer: &Customer) -> Result<(), CallError> {
    let body = gateway::PutCustomer {
        revision: customer.revision,
        phone: customer.profile.phone.clone(),
        name: customer.profile.name.clone(),
    };
    let request = Request::put(format!("/v1/customers/{}", customer.id), &body)
        .by_router(shared.leading.generation());
    let within = Duration::from_millis(shared.config.settle.gateway_timeout_ms);
    let _: IgnoredAny = shared.gateway.call(request, within).await?;
    Ok(())
}

/// Who has not been told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// Home block and payee directory.
    Both,
    /// Only the payee directory.
    Gateway,
}

/// Tells who has not been told and notes it; says whether all know now. A failure is logged here
/// and the settler tries again later.
pub async fn settle(shared: &Shared, customer: &Customer, untold: Untold) -> Result<bool, Failure> {
    let told = async {
        if untold == Untold::Both {
            home(shared, customer, None).await?;
        }
        Ok::<(), Failure>(gateway(shared, customer).await?)
    };
    let told = told.await;
    let mut connection = shared.db.acquire().await?;
    match told {
        Ok(()) => {
            settling::settled(&mut connection, customer.id, customer.revision).await?;
            Ok(true)
        }
        Err(failure) => {
            let error = chain(&failure);
            let customer_id = customer.id.0;
            tracing::warn!(customer_id, error, "a change of a customer could not be told yet");
            metrics::counter!("router_untold_total").increment(1);
            let settle = &shared.config.settle;
            let first = Duration::from_millis(settle.first_rest_ms);
            let longest = Duration::from_millis(settle.longest_rest_ms);
            settling::postpone(&mut connection, customer.id, first, longest).await?;
            Ok(false)
        }
    }
}

/// The settler's step for one customer.
pub async fn settle_again(shared: &Shared, id: CustomerId) -> Result<(), Failure> {
    let mut connection = shared.db.acquire().await?;
    let found = customers::by_id(&mut connection, id).await?;
    drop(connection);
    if let Some(customer) = found
        && customer.settled_revision < customer.revision
    {
        settle(shared, &customer, Untold::Both).await?;
    }
    Ok(())
}
