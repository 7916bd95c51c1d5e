//! Who is paid: found by phone or account, shown as others may see him.

use common::problem::{Code, Refusal};
use common::wire::gateway::{CustomerQuery, ResolvePayee, ResolvedPayee};
use platform::Failure;

use super::Gateway;
use crate::gateway::rules::names::shown_to_others;
use crate::gateway::store::customers;

/// Finds a payee; `payee-unknown` if nobody can be paid there in that currency.
pub async fn resolve(gateway: &Gateway, asked: &ResolvePayee) -> Result<ResolvedPayee, Failure> {
    gateway
        .admit(&CustomerQuery { customer_id: asked.customer_id, generation: asked.generation })
        .await?;
    let connection = gateway.db.connection().await?;
    let found = match (&asked.phone, &asked.account) {
        (Some(phone), None) => {
            customers::by_phone(&connection, phone.as_str(), asked.currency).await?
        }
        (None, Some(account)) => {
            customers::by_account(&connection, account, asked.currency).await?
        }
        _ => {
            let refusal = Refusal::new(Code::InvalidRequest)
                .field("phone", "exactly one of phone and account");
            return Err(refusal.into());
        }
    };
    let payee = found.ok_or(Code::PayeeUnknown)?;
    Ok(ResolvedPayee {
        name: shown_to_others(&payee.name),
        own: payee.owner == asked.customer_id,
        account: payee.account,
    })
}
