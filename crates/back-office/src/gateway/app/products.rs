//! A customer's products, list by list: accounts from the ledger, the rest from the system of
//! record, live each time.

use common::problem::Code;
use common::wire::gateway::{Account, CustomerQuery, PRODUCT_LISTS, ProductList};
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
    let item = |(number, account): (_, ledger::Account)| {
        serde_json::to_value(Account {
            account: number,
            name: account.name,
            balance: account.balance,
            open: account.open,
        })
    };
    let items: Result<Vec<Value>, _> = accounts.into_iter().map(item).collect();
    let items = items.map_err(|error| Failure::Broken(format!("an account as JSON: {error}")))?;
    Ok(CustomerItems { as_of: gateway.clock.now(), items })
}
