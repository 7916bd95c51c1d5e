//! Visitors: calculators and applications.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use common::calculator::LoanCost;
use common::{Currency, Money};
use platform::http::{Answer, ApiJson, ApiPath, ApiQuery, ClientAddr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shop;
use super::auth::OwnPage;
use super::operations::key;
use crate::app::guest::{applications, calculators};

/// What a calculator is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    amount: String,
    currency: Currency,
    months: u32,
    rate_bp: u32,
}

/// What a loan costs.
#[derive(Serialize, ToSchema)]
pub(super) struct LoanAnswer {
    /// Every month.
    monthly: Money,
    /// All payments together.
    total: Money,
    /// What is paid beyond the amount borrowed.
    interest: Money,
}

pub(super) async fn loan(ApiQuery(question): ApiQuery<Question>) -> Answer<Json<LoanAnswer>> {
    let Question { amount, currency, months, rate_bp } = question;
    let LoanCost { monthly, total, interest } =
        calculators::loan(&amount, currency, months, rate_bp)?;
    Ok(Json(LoanAnswer { monthly, total, interest }))
}

/// What a deposit gives.
#[derive(Serialize, ToSchema)]
pub(super) struct DepositAnswer {
    /// With all interest.
    at_end: Money,
}

pub(super) async fn deposit(ApiQuery(question): ApiQuery<Question>) -> Answer<Json<DepositAnswer>> {
    let Question { amount, currency, months, rate_bp } = question;
    let at_end = calculators::deposit(&amount, currency, months, rate_bp)?;
    Ok(Json(DepositAnswer { at_end }))
}

pub(super) async fn apply(
    State(shop): State<Shop>,
    _own: OwnPage,
    ClientAddr(address): ClientAddr,
    headers: HeaderMap,
    ApiJson(body): ApiJson<applications::Application>,
) -> Answer<(StatusCode, Json<applications::Received>)> {
    let key = key(&headers)?;
    let received = applications::receive(&shop.block, address.ip(), &key, body).await?;
    let status = if received.replayed { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(received)))
}

pub(super) async fn application(
    State(shop): State<Shop>,
    ApiPath(reference): ApiPath<String>,
) -> Answer<Json<applications::Received>> {
    Ok(Json(applications::find(&shop.block, &reference).await?))
}
