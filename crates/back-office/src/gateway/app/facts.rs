//! Loading what a decision needs to know, with the accounts locked.

use common::{CustomerId, Timestamp};
use platform::StoreError;

use crate::gateway::rules::{Facts, Needs, walk};
use crate::gateway::store::{courses, daily, reference};
use crate::ledger::store as ledger;
use crate::statement::Session;

/// Locks the accounts, then reads the rest. The customer's fence is locked by the caller.
pub async fn load<S: Session>(
    session: &S,
    customer: CustomerId,
    needs: &Needs<'_>,
    now: Timestamp,
) -> Result<Facts, StoreError> {
    let mut facts =
        Facts { accounts: ledger::lock(session, &needs.accounts).await?, ..Facts::default() };
    if let Some(currency) = needs.spends {
        facts.fee = reference::fee(session, needs.kind).await?;
        facts.left_today = daily::left(session, customer, needs.kind, currency, now).await?;
    }
    if let Some((sold, bought)) = needs.rate {
        facts.rate = walk::rate(&courses::all(session).await?, sold, bought);
    }
    if let Some(product) = needs.product {
        facts.product = reference::product(session, product).await?;
    }
    if let Some(biller) = needs.biller {
        facts.biller = reference::biller(session, biller).await?;
    }
    Ok(facts)
}
