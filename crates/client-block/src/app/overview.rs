//! The overview: the dozen product systems asked at once, with one deadline. What does not answer
//! is said, never left blank and never an error of the whole.

use common::problem::Code;
use common::wire::gateway::{Account, PRODUCT_LISTS, ProductList};
use common::{Money, Timestamp};
use futures_util::future::join_all;
use platform::Failure;
use platform::rpc::CallError;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::gateway::{About, moved};
use super::operations::order::available;
use super::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::operation::InProgress;

/// All products of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    /// One section a product list, in the order of the screen.
    pub sections: Vec<Section>,
    /// Booked money by currency, over the accounts that answered.
    pub totals: Vec<Money>,
}

/// One product list.
#[derive(Debug, Serialize)]
pub struct Section {
    /// Which list.
    pub list: &'static str,
    /// `live`, or `unavailable` with a sentence.
    pub status: Status,
    /// When the system of record looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The products; accounts carry `available` beside their booked `balance`.
    pub items: Vec<Value>,
    /// For the customer, where something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
}

/// How fresh a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// From the system of record, now.
    Live,
    /// The system did not answer.
    Unavailable,
}

/// The overview of the customer who asks.
pub async fn overview(block: &Block, who: &Authenticated) -> Result<Overview, Failure> {
    let in_progress = in_progress(block, who).await?;
    let about = About::new(block, &who.scope, who.generation);
    let answers = join_all(PRODUCT_LISTS.map(|list| about.products(list))).await;
    if answers.iter().any(|answer| answer.as_ref().is_err_and(moved)) {
        return Err(Code::PlacementMoved.into());
    }
    let sections: Vec<Section> = PRODUCT_LISTS
        .into_iter()
        .zip(answers)
        .map(|(list, answer)| section(list, answer, &in_progress))
        .collect();
    let totals = totals(&sections);
    Ok(Overview { sections, totals })
}

/// One product list of the customer who asks.
pub async fn products(
    block: &Block,
    who: &Authenticated,
    list: &'static str,
) -> Result<Section, Failure> {
    let in_progress = in_progress(block, who).await?;
    let about = About::new(block, &who.scope, who.generation);
    match about.products(list).await {
        Err(error) if moved(&error) => Err(Code::PlacementMoved.into()),
        answer => Ok(section(list, answer, &in_progress)),
    }
}

async fn in_progress(block: &Block, who: &Authenticated) -> Result<Vec<InProgress>, Failure> {
    let connection = block.db.connection().await?;
    Ok(store::operation::in_progress(&connection, &who.scope).await?)
}

fn section(
    list: &'static str,
    answer: Result<ProductList, CallError>,
    in_progress: &[InProgress],
) -> Section {
    match answer {
        Ok(products) => {
            let as_of = Some(products.as_of);
            let items = if list == "accounts" {
                products.items.into_iter().map(|item| with_available(item, in_progress)).collect()
            } else {
                products.items
            };
            Section { list, status: Status::Live, as_of, items, message: None }
        }
        Err(error) => {
            tracing::info!(list, %error, "a product list is not available");
            metrics::counter!("overview_unavailable_total", "list" => list).increment(1);
            Section {
                list,
                status: Status::Unavailable,
                as_of: None,
                items: Vec::new(),
                message: Some("This cannot be shown right now. Everything else works."),
            }
        }
    }
}

fn with_available(mut item: Value, in_progress: &[InProgress]) -> Value {
    let account: Result<Account, _> = serde_json::from_value(item.clone());
    if let (Ok(account), Some(fields)) = (account, item.as_object_mut()) {
        fields.insert("available".to_owned(), json!(available(&account, in_progress)));
    }
    item
}

/// Sums by currency; an amount that cannot be added is left out rather than shown wrong.
fn totals(sections: &[Section]) -> Vec<Money> {
    let accounts = sections.iter().filter(|section| section.list == "accounts");
    let balances = accounts
        .flat_map(|section| &section.items)
        .filter_map(|item| serde_json::from_value::<Money>(item.get("balance")?.clone()).ok());
    let mut totals: Vec<Money> = Vec::new();
    for balance in balances {
        match totals.iter_mut().find(|total| total.currency() == balance.currency()) {
            Some(total) => *total = total.checked_add(balance).unwrap_or(*total),
            None => totals.push(balance),
        }
    }
    totals.sort_by_key(|total| total.currency());
    totals
}

#[cfg(test)]
mod tests {
    use common::{CustomerId, OperationId};

    use super::*;

    fn account(number: &str, amount: &str, currency: &str) -> Value {
        json!({
            "account": number, "name": "Current", "open": true,
            "balance": {"amount": amount, "currency": currency},
        })
    }

    #[test]
    fn available_is_booked_less_what_is_in_progress() {
        let item = account("40817810000000000001", "100.00", "RUB");
        let operation = OperationId::derive(CustomerId(1), "a");
        let account = "40817810000000000001".to_owned();
        let spent = InProgress { operation, account, most_minor: 2_500 };
        let shown = with_available(item, &[spent]);
        assert_eq!(shown["available"], json!({"amount": "75.00", "currency": "RUB"}));
        assert_eq!(shown["balance"], json!({"amount": "100.00", "currency": "RUB"}));
    }

    #[test]
    fn totals_never_mix_currencies() {
        let items = vec![
            account("40817840000000000001", "5.00", "USD"),
            account("40817810000000000001", "100.00", "RUB"),
            account("40817810000000000002", "1.50", "RUB"),
        ];
        let section =
            Section { list: "accounts", status: Status::Live, as_of: None, items, message: None };
        let shown: Vec<String> = totals(&[section]).iter().map(Money::to_string).collect();
        assert_eq!(shown, ["101.50 RUB", "5.00 USD"]);
    }
}
