//! A customer's products, list by list: accounts from the ledger, the rest from the system of
//! record, live each time.

use common::Money;
use common::problem::Code;
use common::wire::gateway::{Account, CustomerQuery, Held, PRODUCT_LISTS, ProductList};
use platform::Failure;
use platform::rpc::Request;
use serde_json::Value;

use super::Gateway;
use crate::foreign::{CustomerItems, items_path};
use crate::ledger::store as ledger;

/// One list of a customer's products.
pub async fn list(
    gateway: &Gateway,
    list: &str,
    query: &CustomerQuery,
) -> Result<ProductList, Failure> {
    if !PRODUCT_LISTS.contains(&list) {
        return Err(Code::SystemUnknown.into());
    }
    gateway.admit(query).await?;
    let items = match list {
        "accounts" => accounts(gateway, query).await?,
        system => {
            let request = Request::get(items_path(query.customer_id));
            gateway.system(system)?.call(request, gateway.question_time()).await?
        }
    };
    Ok(ProductList { list: list.to_owned(), as_of: items.as_of, items: items.items })
}

async fn accounts(gateway: &Gateway, query: &CustomerQuery) -> Result<CustomerItems, Failure> {
    let connection = gateway.db.connection().await?;
    let accounts = ledger::accounts_of(&connection, query.customer_id).await?;
    let items: Result<Vec<Value>, Failure> = accounts.into_iter().map(item).collect();
    Ok(CustomerItems { as_of: gateway.clock.now(), items: items? })
}

/// The ledger takes held money out of the account at once; the customer's booked balance still
/// has it, until the foreign system has answered.
fn item(own: ledger::OwnAccount) -> Result<Value, Failure> {
    let ledger::OwnAccount { number, account, held } = own;
    let broken = |error: String| Failure::Broken(format!("account {number}: {error}"));
    let mut amounts = held.iter().map(|(_, amount)| *amount);
    let balance = amounts.try_fold(account.balance, Money::checked_add);
    let balance = balance.map_err(|error| broken(error.to_string()))?;
    let held = held.into_iter().map(|(operation_id, amount)| Held { operation_id, amount });
    let shown = Account {
        account: number.clone(),
        name: account.name,
        balance,
        held: held.collect(),
        open: account.open,
    };
    serde_json::to_value(shown).map_err(|error| broken(error.to_string()))
}
