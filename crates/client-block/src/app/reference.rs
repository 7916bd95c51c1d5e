//! Reference data as the block has it: replicated ahead, served with the gateway away.

use common::Timestamp;
use common::operation::OperationKind;
use common::problem::Code;
use common::wire::gateway::{Biller, ExchangeRate, FeeRule, Product, Reference};
use common::{Currency, Money, Rate};
use platform::Failure;
use serde::Deserialize as _;
use serde::de::DeserializeOwned;

use crate::block::Block;
use crate::store;

/// The topics that are replicated.
pub const TOPICS: [&str; 5] = ["rates", "branches", "products", "billers", "fees"];

/// A topic and when the source was last asked.
#[derive(Debug)]
pub struct Kept<T> {
    /// The data.
    pub reference: Reference<T>,
    /// When the source was last asked: how old the data may be at most.
    pub checked_at: Timestamp,
}

/// A topic; refused while the block has never been able to ask for it.
pub async fn topic<T: DeserializeOwned>(block: &Block, topic: &str) -> Result<Kept<T>, Failure> {
    let connection = block.db.connection().await?;
    let stored = store::reference::find(&connection, topic).await?;
    drop(connection);
    let stored = stored.ok_or(Code::BackOfficeUnavailable)?;
    let items = Vec::deserialize(&stored.items)
        .map_err(|error| Failure::Broken(format!("reference {topic}: {error}")))?;
    let reference = Reference { version: stored.version, as_of: stored.as_of, items };
    Ok(Kept { reference, checked_at: stored.checked_at })
}

/// The fee for an amount.
pub async fn fee(block: &Block, kind: OperationKind, amount: Money) -> Result<Money, Failure> {
    let rules: Kept<FeeRule> = topic(block, "fees").await?;
    let rule = rules.reference.items.iter().find(|rule| rule.kind == kind);
    Ok(rule.map_or(Money::zero(amount.currency()), |rule| rule.fee(amount)))
}

/// The rate from one currency to another.
pub async fn rate(block: &Block, sell: Currency, buy: Currency) -> Result<Option<Rate>, Failure> {
    let rates: Kept<ExchangeRate> = topic(block, "rates").await?;
    let found = rates.reference.items.iter().find(|rate| rate.sell == sell && rate.buy == buy);
    Ok(found.map(|found| found.rate))
}

/// A biller.
pub async fn biller(block: &Block, id: &str) -> Result<Option<Biller>, Failure> {
    let billers: Kept<Biller> = topic(block, "billers").await?;
    Ok(billers.reference.items.into_iter().find(|biller| biller.id == id))
}

/// A deposit on offer.
pub async fn deposit(block: &Block, id: &str) -> Result<Option<Product>, Failure> {
    let products: Kept<Product> = topic(block, "products").await?;
    let deposit = |product: &Product| product.kind == "deposit" && product.id == id;
    Ok(products.reference.items.into_iter().find(deposit))
}
