//! Reference data: the same for everybody, versioned by topic so that blocks keep copies.

use common::money::Currency;
use common::problem::Code;
use common::wire::gateway::{ExchangeRate, Reference};
use platform::{Failure, StoreError};
use serde::Serialize;
use serde_json::Value;

use super::Gateway;
use crate::gateway::rules::walk::{self, Course};
use crate::gateway::store::{courses, reference as store};

/// One topic. The version is read first: a change between the two reads shows as a version that is
/// too low, and the next reader fetches again.
pub async fn topic(gateway: &Gateway, topic: &str) -> Result<Reference<Value>, Failure> {
    let topics = ["rates", "branches", "products", "billers", "fees"];
    if !topics.contains(&topic) {
        return Err(Code::NotFound.into());
    }
    let connection = gateway.db.connection().await?;
    let (version, as_of) = store::version(&connection, topic).await?;
    let items = match topic {
        "rates" => items(&rates(&courses::all(&connection).await?)),
        "branches" => items(&store::branches(&connection).await?),
        "products" => items(&store::products(&connection).await?),
        "billers" => items(&store::billers(&connection).await?),
        _ => items(&store::fees(&connection).await?),
    }?;
    Ok(Reference { version, as_of, items })
}

/// Every pair of currencies, as the bank exchanges them now.
fn rates(courses: &[Course]) -> Vec<ExchangeRate> {
    let pairs = Currency::ALL
        .into_iter()
        .flat_map(|sell| Currency::ALL.into_iter().map(move |buy| (sell, buy)));
    pairs
        .filter_map(|(sell, buy)| {
            let rate = walk::rate(courses, sell, buy)?;
            Some(ExchangeRate { sell, buy, rate })
        })
        .collect()
}

fn items<T: Serialize>(items: &[T]) -> Result<Vec<Value>, StoreError> {
    let item = |item| serde_json::to_value(item);
    let items: Result<Vec<Value>, _> = items.iter().map(item).collect();
    items.map_err(|_| StoreError::Unreadable { what: "reference item" })
}
