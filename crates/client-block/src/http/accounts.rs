//! `/v1/overview`, `/v1/products/…`, `/v1/accounts/…`: what a customer has.

use axum::Json;
use axum::extract::State;
use common::AccountNumber;
use common::problem::Code;
use common::wire::gateway::{PRODUCT_LISTS, TransactionPage};
use platform::http::{Answer, ApiPath, ApiQuery};
use serde::Deserialize;

use super::Shop;
use super::auth::Customer;
use crate::app::overview::{self, Overview, Section};
use crate::app::transactions;

pub(super) async fn overview(
    State(shop): State<Shop>,
    Customer(who): Customer,
) -> Answer<Json<Overview>> {
    Ok(Json(overview::overview(&shop.block, &who).await?))
}

pub(super) async fn products(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(list): ApiPath<String>,
) -> Answer<Json<Section>> {
    let list = PRODUCT_LISTS.into_iter().find(|known| *known == list).ok_or(Code::NotFound)?;
    Ok(Json(overview::products(&shop.block, &who, list).await?))
}

pub(super) async fn accounts(state: State<Shop>, who: Customer) -> Answer<Json<Section>> {
    named(state, who, "accounts").await
}

pub(super) async fn cards(state: State<Shop>, who: Customer) -> Answer<Json<Section>> {
    named(state, who, "cards").await
}

pub(super) async fn loans(state: State<Shop>, who: Customer) -> Answer<Json<Section>> {
    named(state, who, "loans").await
}

pub(super) async fn deposits(state: State<Shop>, who: Customer) -> Answer<Json<Section>> {
    named(state, who, "deposits").await
}

async fn named(
    State(shop): State<Shop>,
    Customer(who): Customer,
    list: &'static str,
) -> Answer<Json<Section>> {
    Ok(Json(overview::products(&shop.block, &who, list).await?))
}

/// A page: where the last one ended, and how much.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    #[serde(default)]
    pub(super) cursor: Option<String>,
    #[serde(default)]
    pub(super) limit: Option<u32>,
}

impl PageQuery {
    /// 1–100, 50 if not said.
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, 100)
    }
}

pub(super) async fn transactions(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(account): ApiPath<AccountNumber>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Answer<Json<TransactionPage>> {
    let limit = query.limit();
    let page = transactions::page(&shop.block, &who, &account, query.cursor, limit).await?;
    Ok(Json(page))
}
