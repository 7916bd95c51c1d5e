//! Handlers that change nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use common::wire::gateway::{
    CashCodeShown, CustomerQuery, HighestFence, ProductList, Reference, ResolvePayee,
    ResolvedPayee, RiskAnswer, RiskQuestion, TransactionPage, TransactionsQuery,
};
use common::{AccountNumber, OperationId};
use platform::http::{Answer, ApiJson, ApiPath, ApiQuery};
use serde_json::Value;

use super::access::{Blocks, Everybody, Only, Watchers};
use crate::gateway::app::{self, Gateway};

type Shared = State<Arc<Gateway>>;

pub(super) async fn products(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiPath(list): ApiPath<String>,
    ApiQuery(query): ApiQuery<CustomerQuery>,
) -> Answer<Json<ProductList>> {
    Ok(Json(app::products::list(&gateway, &list, &query).await?))
}

pub(super) async fn transactions(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiPath(account): ApiPath<AccountNumber>,
    ApiQuery(query): ApiQuery<TransactionsQuery>,
) -> Answer<Json<TransactionPage>> {
    Ok(Json(app::transactions::page(&gateway, &account, &query).await?))
}

pub(super) async fn cash_code(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiPath(operation): ApiPath<OperationId>,
    ApiQuery(query): ApiQuery<CustomerQuery>,
) -> Answer<Json<CashCodeShown>> {
    Ok(Json(app::cash_code::show(&gateway, &query, operation).await?))
}

pub(super) async fn resolve_payee(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiJson(asked): ApiJson<ResolvePayee>,
) -> Answer<Json<ResolvedPayee>> {
    Ok(Json(app::payees::resolve(&gateway, &asked).await?))
}

pub(super) async fn risk(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiJson(question): ApiJson<RiskQuestion>,
) -> Answer<Json<RiskAnswer>> {
    Ok(Json(app::risk::decide(&gateway, &question).await?))
}

pub(super) async fn reference(
    _: Only<Everybody>,
    State(gateway): Shared,
    ApiPath(topic): ApiPath<String>,
) -> Answer<Json<Reference<Value>>> {
    Ok(Json(app::reference::topic(&gateway, &topic).await?))
}

pub(super) async fn fences(
    _: Only<Watchers>,
    State(gateway): Shared,
) -> Answer<Json<HighestFence>> {
    Ok(Json(app::fence::highest(&gateway).await?))
}
