//! The payee directory follows the router; a new customer's first account is opened with it.

use common::money::Currency;
use common::problem::{Code, Refusal};
use common::wire::gateway::PutCustomer;
use common::{AccountNumber, CustomerId};
use platform::Failure;

use super::Gateway;
use crate::gateway::store::customers;
use crate::ledger::chart::customer_account;
use crate::ledger::store as ledger;

const PHONE_UNIQUE: &str = "customer_phone_unique";
const FIRST_ACCOUNT: &str = "Main account";
const NAME_MAX: usize = 140;

/// Takes over a customer's phone and name if they are newer than what is known, and sees to it that
/// he has an account. Doing it again changes nothing.
pub async fn put(
    gateway: &Gateway,
    customer: CustomerId,
    put: &PutCustomer,
) -> Result<(), Failure> {
    let account = checked(customer, put)?;
    let mut connection = gateway.db.connection().await?;
    let transaction = connection.transaction().await?;
    if customers::is_news(&transaction, customer, put).await? {
        customers::release_phone(&transaction, customer, put.phone.as_str()).await?;
        customers::put(&transaction, customer, put).await.map_err(|error| {
            match error.constraint() {
                // Two customers were given the same phone at the same moment.
                Some(PHONE_UNIQUE) => Failure::from(Code::PhoneTaken),
                _ => error.into(),
            }
        })?;
    }
    let (currency, now) = (Currency::Rub, gateway.clock.now());
    let name = FIRST_ACCOUNT;
    ledger::open_account(&transaction, customer, &account, currency, name, now).await?;
    transaction.commit().await?;
    Ok(())
}

/// The number of the customer's first account, if all fields can be.
fn checked(customer: CustomerId, put: &PutCustomer) -> Result<AccountNumber, Refusal> {
    let mut refusal = Refusal::new(Code::InvalidRequest);
    let name = put.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        refusal = refusal.field("name", "must have 1 to 140 characters, none of them control");
    }
    if put.revision == 0 || i64::try_from(put.revision).is_err() {
        refusal = refusal.field("revision", "counts from 1");
    }
    match customer_account(customer, Currency::Rub, 1) {
        Some(account) if refusal.errors.is_empty() => Ok(account),
        Some(_) => Err(refusal),
        None => Err(refusal.field("customer_id", "is not one that the router gives")),
    }
}
